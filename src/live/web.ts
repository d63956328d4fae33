/** HTTP as the stories see it: what `HttpRequest` and `HttpResponseInit` of @azure/functions have in common with us. */

/** A request. The body can be read once. */
export interface WebRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly get: (name: string) => string | null };
  readonly query: { readonly get: (name: string) => string | null };
  /** Values of the route template. */
  readonly params: Readonly<Record<string, string>>;
  readonly text: () => Promise<string>;
}

/** A reply: `jsonBody` or `body`. */
export interface WebReply {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly jsonBody?: unknown;
}
