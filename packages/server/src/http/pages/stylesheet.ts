/**
 * The one stylesheet. Colours meet WCAG AA (4.5 : 1 for text, 3 : 1 for borders of fields and focus rings) in both
 * schemes; `style.test.ts` computes them. Widths from 320 px up; nothing depends on a pointer or on scripts.
 */
export const palettes = {
  light: {
    page: '#f5f6f8',
    surface: '#ffffff',
    sunken: '#eef0f4',
    text: '#1b2330',
    muted: '#545f70',
    line: '#dde1e8',
    field: '#7b8798',
    accent: '#2453c9',
    'accent-hover': '#1c43a6',
    'on-accent': '#ffffff',
    good: '#17683f',
    'good-surface': '#e8f5ee',
    warn: '#7a4b00',
    'warn-surface': '#fdf3e0',
    bad: '#a61c1c',
    'bad-surface': '#fdecec',
  },
  dark: {
    page: '#0f131a',
    surface: '#171d27',
    sunken: '#0f141c',
    text: '#e6eaf1',
    muted: '#a2adbd',
    line: '#2a3342',
    field: '#738096',
    accent: '#8fb2ff',
    'accent-hover': '#b0c9ff',
    'on-accent': '#0c1526',
    good: '#7fd6a6',
    'good-surface': '#11291d',
    warn: '#f0c274',
    'warn-surface': '#2c2210',
    bad: '#ffa3a3',
    'bad-surface': '#331619',
  },
} as const satisfies Record<'light' | 'dark', Readonly<Record<string, string>>>;

const variables = (palette: Readonly<Record<string, string>>): string =>
  Object.entries(palette)
    .map(([name, value]) => `--${name}:${value};`)
    .join('');

const colours = `
:root{color-scheme:light dark;${variables(palettes.light)}}
@media (prefers-color-scheme:dark){:root{${variables(palettes.dark)}}}
`;

const base = `
*,*::before,*::after{box-sizing:border-box}
html{font:100%/1.55 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;-webkit-text-size-adjust:100%}
body{margin:0;min-height:100vh;display:flex;flex-direction:column;background:var(--page);color:var(--text)}
h1,h2,h3{line-height:1.25;margin:0;text-wrap:balance}
h1{font-size:1.5rem;letter-spacing:-.012em}
h2{font-size:1.15rem}
h3{font-size:1rem}
p{margin:0}
a{color:var(--accent);text-underline-offset:.18em}
a:hover{color:var(--accent-hover)}
code,pre,.code{font-family:ui-monospace,SFMono-Regular,"Cascadia Mono",Menlo,Consolas,monospace;font-size:.9em}
bdi{unicode-bidi:isolate}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:4px}
.hidden{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:-999rem}
.skip:focus{left:1rem;top:.6rem;background:var(--surface);padding:.4rem .8rem;z-index:1}
`;

const frame = `
.top{display:flex;align-items:center;justify-content:space-between;gap:1rem;padding:1rem clamp(1rem,4vw,2.5rem)}
.brand{display:inline-flex;align-items:center;gap:.55rem;font-weight:650;letter-spacing:-.01em;color:var(--text);text-decoration:none}
.brand:hover{color:var(--text)}
.brand svg{width:1.6rem;height:1.6rem;color:var(--accent)}
.top form{margin:0}
main{flex:1;width:100%;padding:clamp(.75rem,5vh,4rem) 1rem 3rem}
.foot{padding:1.25rem 1rem;text-align:center;color:var(--muted);font-size:.85rem}
.narrow{max-width:27rem;margin:0 auto}
.wide{max-width:62rem;margin:0 auto;display:grid;gap:1.25rem}
.card{background:var(--surface);border:1px solid var(--line);border-radius:14px;padding:clamp(1.25rem,4vw,2rem);display:grid;gap:1.1rem;min-width:0}
.card>*{min-width:0}
.lead{color:var(--muted)}
.head{display:grid;gap:.35rem}
.title{display:flex;flex-wrap:wrap;align-items:baseline;justify-content:space-between;gap:.25rem 1rem}
`;

const forms = `
form{display:grid;gap:1rem;margin:0}
.field{display:grid;gap:.35rem}
label,legend{font-weight:550;padding:0}
.hint{color:var(--muted);font-size:.9rem}
input,select{font:inherit;color:inherit;width:100%;min-height:2.75rem;padding:.5rem .75rem;background:var(--surface);border:1px solid var(--field);border-radius:9px}
input:hover,select:hover{border-color:var(--text)}
input[aria-invalid=true]{border-color:var(--bad);border-width:2px}
::placeholder{color:var(--muted);opacity:1}
.code-entry{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:1.35rem;letter-spacing:.14em;text-align:center;text-transform:uppercase}
button,.button{font:inherit;font-weight:600;min-height:2.75rem;padding:.5rem 1.15rem;border-radius:9px;border:1px solid transparent;cursor:pointer;display:inline-flex;align-items:center;justify-content:center;text-decoration:none;background:var(--accent);color:var(--on-accent)}
button:hover,.button:hover{background:var(--accent-hover);color:var(--on-accent)}
button.plain{background:transparent;color:var(--text);border-color:var(--field)}
button.plain:hover{background:var(--sunken)}
button.small{min-height:2.1rem;padding:.2rem .8rem;font-size:.9rem}
button.danger{background:transparent;color:var(--bad);border-color:currentcolor}
button.danger:hover{background:var(--bad-surface)}
.actions{display:flex;flex-wrap:wrap;gap:.75rem}
.actions>button{flex:1 1 8rem}
.row{display:grid;gap:1rem;grid-template-columns:repeat(auto-fit,minmax(min(100%,12rem),1fr));align-items:end}
`;

const content = `
.facts{display:grid;grid-template-columns:auto 1fr;gap:.45rem 1.25rem;margin:0;padding:1rem;background:var(--sunken);border-radius:10px}
.facts dt{color:var(--muted)}
.facts dd{margin:0;overflow-wrap:anywhere}
.user-code{font-family:ui-monospace,Menlo,Consolas,monospace;font-size:1.6rem;letter-spacing:.12em;text-align:center;padding:.6rem;background:var(--sunken);border-radius:10px}
.list{margin:.4rem 0 0;padding-left:1.2rem;display:grid;gap:.3rem}
.notice{border-radius:10px;padding:.75rem 1rem;border-left:4px solid currentcolor}
.notice strong{display:block}
.notice.good{color:var(--good);background:var(--good-surface)}
.notice.warn{color:var(--warn);background:var(--warn-surface)}
.notice.bad{color:var(--bad);background:var(--bad-surface)}
pre{margin:0;padding:.8rem 1rem;background:var(--sunken);border:1px solid var(--line);border-radius:10px;white-space:pre-wrap;overflow-wrap:anywhere;user-select:all;-webkit-user-select:all}
.commands{display:grid;gap:.4rem}
.commands pre+p{margin-top:.4rem}
table{width:100%;border-collapse:collapse;font-size:.95rem}
th{text-align:left;font-weight:550;color:var(--muted);font-size:.85rem}
th,td{padding:.6rem .75rem .6rem 0;border-bottom:1px solid var(--line);vertical-align:middle;overflow-wrap:anywhere}
tr:last-child td{border-bottom:0}
td:last-child,th:last-child{text-align:right;padding-right:0}
td form{display:inline-grid}
.tag{display:inline-block;padding:.05rem .5rem;border-radius:99px;background:var(--sunken);border:1px solid var(--line);font-size:.8rem;color:var(--muted)}
.mark{width:3rem;height:3rem}
.mark.good{color:var(--good)}
.mark.bad{color:var(--bad)}
.mark.neutral{color:var(--muted)}
details>summary{cursor:pointer;font-weight:550;padding:.25rem 0}
details[open]>summary{margin-bottom:.75rem}
`;

const narrowScreens = `
@media (max-width:40rem){
thead{position:absolute;clip-path:inset(50%);height:1px;overflow:hidden}
table,tbody,tr,td{display:block}
tr{padding:.75rem 0;border-bottom:1px solid var(--line)}
tr:last-child{border-bottom:0}
td{border:0;padding:.15rem 0}
td:last-child{text-align:left;padding-top:.5rem}
td[data-label]::before{content:attr(data-label) ": ";color:var(--muted)}
.facts{grid-template-columns:1fr;gap:0}
.facts dd+dt{margin-top:.5rem}
}
@media (prefers-reduced-motion:no-preference){button,.button,input,select{transition:background-color .12s,border-color .12s}}
`;

export const stylesheet: string = [colours, base, frame, forms, content, narrowScreens].join('').trim();
