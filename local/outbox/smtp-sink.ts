/** A real SMTP server that keeps what it gets. Loopback only, no TLS, takes any user name and password. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { Letters } from './letters.ts';

/** The running server. */
export interface SmtpSink {
  readonly port: number;
  /** Answers the next `count` messages with this SMTP code instead of taking them. */
  readonly refuse: (code: 421 | 451 | 550, count: number) => void;
  readonly close: () => Promise<void>;
}

const MAX_BYTES = 10 * 2 ** 20;

/** Listens on 127.0.0.1. `port` 0 = any free one. */
export async function startSmtpSink(options: {
  readonly port: number;
  readonly letters: Letters;
  readonly now: () => Date;
}): Promise<SmtpSink> {
  const refusals: number[] = [];
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS'],
    size: MAX_BYTES,
    onAuth: (_auth, _session, done) => done(null, { user: 'anybody' }),
    onData(stream, session, done) {
      simpleParser(stream)
        .then((mail) => {
          const code = refusals.shift();
          if (code !== undefined) return done(Object.assign(new Error('refused on demand'), { responseCode: code }));
          const { rcptTo, mailFrom } = session.envelope;
          for (const { address } of rcptTo) {
            options.letters.add({
              via: 'smtp',
              id: mail.messageId ?? randomUUID(),
              at: options.now().toISOString(),
              from: mailFrom === false ? '' : mailFrom.address,
              to: address,
              subject: mail.subject ?? '',
              text: mail.text ?? '',
              ...(mail.html !== false && { html: mail.html }),
              headers: headersOf(mail.headerLines),
            });
          }
          done(null, 'kept');
        })
        .catch((error: unknown) => done(error instanceof Error ? error : new Error('unreadable mail')));
    },
  });
  server.listen(options.port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    port: (server.server.address() as AddressInfo).port,
    refuse: (code, count) => void refusals.push(...Array.from({ length: count }, () => code)),
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function headersOf(lines: readonly { readonly key: string; readonly line: string }[]): Record<string, string> {
  return Object.fromEntries(lines.map(({ key, line }) => [key, line.slice(line.indexOf(':') + 1).trim()]));
}
