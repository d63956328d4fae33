/**
 * The answer page over HTTP. A GET changes nothing (mail scanners fetch whatever they find); an answer takes two POSTs.
 * No state is kept between them: reference and words come along again.
 */
import { Language } from '../model/enrolled-person.ts';
import { ANSWER_PAGE_POLICY, type AnswerView, answerPage, type FormError, type Typed } from '../notify/answer-page.ts';
import { usableLanguage, usableLanguages } from '../notify/catalogs.ts';
import { parseReference } from '../notify/reference.ts';
import { createAnswers } from './answers.ts';
import type { NoticePorts } from './notice-ports.ts';
import type { WebReply, WebRequest } from './web.ts';

const MOST_BYTES = 4096;
const MOST_TYPED = 80;

/** Answers GET and POST of the page. @throws UpstreamError only after telling the person, for the log */
export function createAnswerPage(ports: NoticePorts): (request: WebRequest) => Promise<WebReply> {
  const { settings, log } = ports;
  const answers = createAnswers(ports);
  return async (request) => {
    const language = languageOf(request, settings.POSTERN_DRAFT_LANGUAGES);
    const show = (view: AnswerView, status = 200): WebReply => ({
      status,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-language': language,
        'content-security-policy': ANSWER_PAGE_POLICY,
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      },
      body: answerPage(view, {
        language,
        organization: settings.POSTERN_ORGANIZATION,
        deskPhone: settings.POSTERN_DESK_PHONE,
        draftLanguages: settings.POSTERN_DRAFT_LANGUAGES,
      }),
    });
    if (request.method !== 'POST') return show({ kind: 'form' });
    const form = await readForm(request);
    if (!form) return show({ kind: 'form', errors: ['failed'] }, 413);
    const typed: Typed = { reference: field(form, 'reference'), words: field(form, 'words') };
    const errors = problemsOf(typed);
    if (errors.length > 0) return show({ kind: 'form', typed, errors }, 422);
    try {
      const step = form.get('step');
      if (step === 'give') return await give(form, typed);
      return step === 'prove' ? await prove(form, typed) : await open(typed);
    } catch {
      // Whoever answers in their worst hour must hear that it did not arrive, and whom to call.
      log.error('an answer could not be taken');
      return show({ kind: 'form', typed, errors: ['failed'] }, 503);
    }

    async function open(what: Typed): Promise<WebReply> {
      const opened = await answers.open(what);
      if (opened.kind !== 'match') return refuse(what, opened.kind);
      return show({ kind: 'confirm', typed: what, reference: opened.reference });
    }

    async function give(content: URLSearchParams, what: Typed): Promise<WebReply> {
      const answer = content.get('answer');
      if (answer !== 'me' && answer !== 'not-me') {
        const opened = await answers.open(what);
        if (opened.kind !== 'match') return refuse(what, opened.kind);
        return show({ kind: 'confirm', typed: what, reference: opened.reference, isChoiceMissing: true }, 422);
      }
      const given = await answers.give(what, answer);
      if (given.kind !== 'taken') return refuse(what, given.kind);
      const { reference, challenge } = given;
      return show({
        kind: 'done',
        answer,
        reference,
        ...(challenge !== undefined && { challenge: { number: challenge, typed: what } }),
      });
    }

    async function prove(content: URLSearchParams, what: Typed): Promise<WebReply> {
      const reference = parseReference(what.reference) ?? '';
      const proven = await answers.prove(what, field(content, 'pair'));
      if (proven.kind === 'no-match' || proven.kind === 'too-many') return refuse(what, proven.kind);
      if (proven.kind === 'closed') return show({ kind: 'closed', reference });
      return show({ kind: 'done', answer: 'me', reference });
    }

    function refuse(what: Typed, kind: 'no-match' | 'too-many'): WebReply {
      if (kind === 'too-many') return show({ kind: 'form', typed: what, errors: ['tooMany'] }, 429);
      return show({ kind: 'form', typed: what, errors: ['noMatch'] }, 422);
    }
  };
}

function languageOf({ query, headers }: WebRequest, drafts: readonly Language[]): Language {
  const asked = Language.safeParse(query.get('lang')).data;
  if (asked) return usableLanguage(asked, drafts);
  const usable = usableLanguages(drafts);
  const wanted = (headers.get('accept-language') ?? '')
    .slice(0, 500)
    .split(',')
    .map((part) => part.trim().split(/[-;]/)[0]?.toLowerCase());
  return usable.find((language) => language === wanted.find((one) => usable.some((other) => other === one))) ?? 'en';
}

async function readForm(request: WebRequest): Promise<URLSearchParams | undefined> {
  if (Number(request.headers.get('content-length') ?? 0) > MOST_BYTES) return undefined;
  const text = await request.text();
  return text.length > MOST_BYTES ? undefined : new URLSearchParams(text);
}

function field(form: URLSearchParams, name: string): string {
  return (form.get(name) ?? '').trim().slice(0, MOST_TYPED);
}

function problemsOf({ reference, words }: Typed): FormError[] {
  const errors: FormError[] = [];
  if (reference === '') errors.push('referenceMissing');
  else if (parseReference(reference) === undefined) errors.push('referenceForm');
  if (words === '') errors.push('wordsMissing');
  return errors;
}
