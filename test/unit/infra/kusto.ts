/** Parses KQL with Microsoft's own parser, which comes as two browser scripts that write to `globalThis`. */
import { createRequire } from 'node:module';

/** The little of the parser's API that the tests use. Lists are .NET lists: `Count` and `getItem`. */
interface KustoApi {
  readonly GlobalState: { readonly Default: { WithDatabase(database: object): object } };
  readonly KustoCode: { ParseAndAnalyze(text: string, globals: object): KustoCode };
  readonly Symbols: {
    readonly TableSymbol: { From(schema: string): { WithName(name: string): object } };
    readonly DatabaseSymbol: { ctor: new (name: string, members: object[]) => object };
  };
}

interface List<T> {
  readonly Count: number;
  getItem(index: number): T;
}

interface KustoCode {
  GetDiagnostics(): List<{ readonly Message: string; readonly Start: number; readonly Length: number }>;
  readonly ResultType: { readonly Columns?: List<{ readonly Name: string }> } | null;
}

const load = createRequire(import.meta.url);
load('@kusto/language-service-next/bridge.min.js');
load('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
const { Language } = (globalThis as unknown as { Kusto: { Language: KustoApi } }).Kusto;

/** Columns of AppTraces as Azure Monitor documents them, as far as queries may use them. */
const APP_TRACES =
  '(TimeGenerated:datetime, Message:string, SeverityLevel:int, OperationName:string, OperationId:string, Properties:dynamic, AppRoleName:string, ItemCount:int)';
/** Columns of StorageTableLogs, likewise. */
const STORAGE_TABLE_LOGS =
  '(TimeGenerated:datetime, AccountName:string, OperationName:string, StatusCode:string, StatusText:string, AuthenticationType:string, RequesterObjectId:string, RequesterAppId:string, CallerIpAddress:string, Uri:string)';
const globals = Language.GlobalState.Default.WithDatabase(
  new Language.Symbols.DatabaseSymbol.ctor('workspace', [
    Language.Symbols.TableSymbol.From(APP_TRACES).WithName('AppTraces'),
    Language.Symbols.TableSymbol.From(STORAGE_TABLE_LOGS).WithName('StorageTableLogs'),
  ]),
);

/** What the parser says of a query (syntax, unknown names, wrong types), and the names of its result's columns. */
export function analyze(query: string): { problems: string[]; columns: string[] } {
  const code = Language.KustoCode.ParseAndAnalyze(query, globals);
  const problems = items(code.GetDiagnostics()).map(
    ({ Message, Start, Length }) => `${Message} at "${query.slice(Start, Start + Length)}"`,
  );
  return { problems, columns: items(code.ResultType?.Columns).map(({ Name }) => Name) };
}

function items<T>(list: List<T> | undefined): T[] {
  return Array.from({ length: list?.Count ?? 0 }, (_, index) => list?.getItem(index) as T);
}
