import type { Flow, FlowKind } from '../nodes.js';
import { flowScripts } from './form.js';
import { type Html, type LayoutOptions, layout, type PageContext } from './layout.js';

/** What a page that shows a flow is made of. */
export interface FlowPage {
  readonly page: PageContext;
  readonly kind: FlowKind;
  readonly flow: Flow;
  /** Where its forms are sent. */
  readonly action: string;
  readonly nonce: string;
  /** Public URL of Kratos, below which its scripts are. */
  readonly kratosUrl: string;
  readonly typed?: Readonly<Record<string, string>> | undefined;
}

/** A page with the scripts its flow brings. */
export function flowPage({ page, flow, nonce, kratosUrl }: FlowPage, options: LayoutOptions): Html {
  return layout(page, { ...options, scripts: flowScripts(page, flow, nonce, kratosUrl) });
}
