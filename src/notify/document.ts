/** A notice as a sequence of blocks, and its two forms: plain text and HTML with the same words. */
import { isolated, type Line } from './template.ts';

/** A block of a notice. `lead` is the first line. */
export type Block =
  | { readonly kind: 'lead' | 'paragraph' | 'heading'; readonly line: Line }
  | { readonly kind: 'list'; readonly ordered: boolean; readonly items: readonly Line[] };

/** How a document is written. */
export interface Writing {
  /** BCP 47, as `fa`. */
  readonly language: string;
  readonly direction: 'ltr' | 'rtl';
}

/** Plain text: blocks apart by an empty line, headings directly above their block. */
export function renderText(blocks: readonly Block[], { direction }: Writing): string {
  let text = '';
  let previous: Block['kind'] | undefined;
  for (const block of blocks) {
    if (previous !== undefined) text += previous === 'heading' ? '\n' : '\n\n';
    text += textOf(block, direction);
    previous = block.kind;
  }
  return `${text}\n`;
}

function textOf(block: Block, direction: Writing['direction']): string {
  if (block.kind !== 'list') return isolated(block.line, direction);
  return block.items
    .map((item, index) => `${block.ordered ? `${index + 1}.` : '-'} ${isolated(item, direction)}`)
    .join('\n');
}

/**
 * HTML for mail: nothing but text. Direction stands on the page and, inline, on the block inside, because some mail
 * programs drop the page around it (openstreetmap-website issue 2297). No color carries meaning, no size is under 16 px.
 */
export function renderHtml(title: string, blocks: readonly Block[], writing: Writing): string {
  const { language, direction } = writing;
  const align = direction === 'rtl' ? 'right' : 'left';
  const attributes = `lang="${escapeHtml(language)}" dir="${direction}"`;
  const style = [
    `direction:${direction};text-align:${align}`,
    'font:16px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,Tahoma,Arial,sans-serif'.replaceAll('"', "'"),
    'color:#1c2228;background:#ffffff;max-width:36em;margin:0 auto;padding:1em;overflow-wrap:anywhere',
  ].join(';');
  return `<!doctype html>
<html ${attributes}>
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${escapeHtml(title)}</title></head>
<body style="margin:0;background:#ffffff">
<div ${attributes} style="${style}">
${blocks.map(htmlOf).join('\n')}
</div>
</body>
</html>
`;
}

function htmlOf(block: Block): string {
  switch (block.kind) {
    case 'lead':
      return `<h1 style="font-size:20px;line-height:1.4;margin:0 0 1em">${inline(block.line)}</h1>`;
    case 'heading':
      return `<h2 style="font-size:17px;line-height:1.4;margin:1.5em 0 .3em">${inline(block.line)}</h2>`;
    case 'paragraph':
      return `<p style="margin:0 0 .7em">${inline(block.line)}</p>`;
    case 'list': {
      const tag = block.ordered ? 'ol' : 'ul';
      const items = block.items.map((item) => `<li style="margin:0 0 .3em">${inline(item)}</li>`).join('');
      return `<${tag} style="margin:0 0 .7em;padding-inline-start:1.6em">${items}</${tag}>`;
    }
  }
}

/** A line as HTML: codes and names in `<bdi>`. */
export function inline(line: Line): string {
  return line
    .map(({ text, kind }) => {
      if (kind === 'plain') return escapeHtml(text);
      return kind === 'code' ? `<bdi dir="ltr">${escapeHtml(text)}</bdi>` : `<bdi>${escapeHtml(text)}</bdi>`;
    })
    .join('');
}

/** Safe as text and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
