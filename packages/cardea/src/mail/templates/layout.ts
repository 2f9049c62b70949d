import { html, type SafeHtml } from '../html.js'
import type { MailTexts } from '../message.js'

/** A mail of a few paragraphs, as text and as HTML that says the same. */
export interface Letter {
  readonly appName: string
  readonly subject: string
  readonly paragraphs: readonly string[]
  /** What the mail is for, after the first paragraph. */
  readonly action?: { readonly label: string; readonly link: string } | { readonly code: string }
}

export function layOut(letter: Letter): MailTexts {
  const { appName, subject, paragraphs, action } = letter
  const [first = '', ...others] = paragraphs
  const actionLines = action === undefined ? [] : ['code' in action ? action.code : action.link]
  return {
    subject,
    text: `${[first, ...actionLines, ...others, appName].join('\n\n')}\n`,
    html: html`<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${subject}</title></head>
<body style="margin:0;padding:24px;background:#f4f4f5;font:16px/1.5 system-ui,sans-serif;color:#18181b">
<div style="max-width:480px;margin:0 auto;padding:32px;background:#fff;border-radius:8px">
<p>${first}</p>
${actionOf(action)}
${others.map((paragraph) => html`<p>${paragraph}</p>\n`)}
<p style="color:#71717a">${appName}</p>
</div>
</body>
</html>
`,
  }
}

function actionOf(action: Letter['action']): SafeHtml | undefined {
  if (action === undefined) return undefined
  if ('code' in action) {
    return html`<p style="font-size:28px;letter-spacing:4px;font-family:monospace"><strong>${action.code}</strong></p>`
  }
  const { label, link } = action
  const button = 'display:inline-block;padding:10px 20px;background:#18181b;color:#fff;border-radius:6px'
  return html`<p><a href="${link}" style="${button}">${label}</a></p>
<p style="color:#71717a;word-break:break-all">${link}</p>`
}
