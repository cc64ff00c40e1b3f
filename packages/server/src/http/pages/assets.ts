import { Hono } from 'hono';
import type { Crypto } from '../../core/ports/index.ts';
import type { HttpEnv } from '../environment.ts';
import { iconSvg } from './layout.ts';
import { stylesheet } from './stylesheet.ts';

export type Assets = { stylesheet: string; icon: string; surface: Hono<HttpEnv> };

/** Style and icon, under names that change with their content, so that browsers may keep them for ever. */
export function createAssets(crypto: Pick<Crypto, 'sha256'>): Assets {
  const surface = new Hono<HttpEnv>();
  const publish = (name: string, extension: string, type: string, content: string): string => {
    const path = `/assets/${name}.${crypto.sha256(content).slice(0, 16)}.${extension}`;
    surface.get(path, (c) =>
      c.body(content, 200, { 'Content-Type': type, 'Cache-Control': 'public, max-age=31536000, immutable' }),
    );
    return path;
  };
  const icon = publish('icon', 'svg', 'image/svg+xml', iconSvg);
  surface.get('/favicon.ico', (c) => c.redirect(icon, 302));
  return { stylesheet: publish('style', 'css', 'text/css; charset=utf-8', stylesheet), icon, surface };
}
