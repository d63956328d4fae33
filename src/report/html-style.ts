/** Style and the little script of the report page. Constants: the page's content security policy names their hashes. */

/** Inline style sheet. Light and dark by the reader's system, 360 px to 1600 px and wider, and on paper. */
export const STYLE = `
:root{color-scheme:light dark;--paper:#f7f7f4;--card:#fff;--ink:#1c2228;--soft:#545d67;--line:#dadcd8;--edge:#858d95;--link:#1d4f91;
--identified:#3f6296;--attacked:#985200;--compromised:#b0241f;--wash-compromised:#fdf1ef;--wash-attacked:#fdf5e9;--wash-identified:#eef3fa;--rail:#c9ccd0}
@media (prefers-color-scheme:dark){:root{--paper:#11151a;--card:#191f26;--ink:#e6e8eb;--soft:#a6b0ba;--line:#2d353f;--edge:#77828d;--link:#9cc2f5;
--identified:#93b5e6;--attacked:#eeb165;--compromised:#ff958b;--wash-compromised:#33201f;--wash-attacked:#2f2717;--wash-identified:#1d2734;--rail:#3c4651}}
*{box-sizing:border-box}
html{scroll-padding-top:1rem;-webkit-text-size-adjust:100%}
body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
body>*{max-width:76rem;margin-inline:auto;padding-inline:clamp(1rem,3vw,2.5rem)}
h1,h2,h3,h4{line-height:1.25;margin:0;text-wrap:balance}
h1{font-size:clamp(1.6rem,1.2rem + 1.6vw,2.3rem);letter-spacing:-.015em;font-weight:650}
h2{font-size:1.3rem;font-weight:650;letter-spacing:-.01em}
h3{font-size:1rem;font-weight:600}
h4{font-size:.85rem;font-weight:600;color:var(--soft);margin:1.1rem 0 .5rem}
p{margin:.5rem 0;max-width:68ch}
a{color:var(--link);text-underline-offset:.2em}
code{font-family:ui-monospace,"Cascadia Mono","Segoe UI Mono",Menlo,Consolas,monospace;font-size:.88em}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
[hidden]{display:none!important}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
header{padding-block:2.2rem 0}
.brand{display:flex;align-items:center;gap:.5rem;color:var(--soft);font-weight:600;font-size:.95rem;margin:0 0 1.1rem}
.brand svg{width:1.25rem;height:1.25rem;fill:none;stroke:currentColor;stroke-width:1.5}
.lede{font-size:1.1rem;color:var(--soft)}
.notice{border:1px solid var(--edge);border-left:4px solid var(--attacked);border-radius:8px;background:var(--wash-attacked);padding:.7rem 1rem;max-width:none}
.notice p{margin:0;max-width:90ch}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.3rem;list-style:none;margin:1rem 0 0;padding:0}
nav a{display:inline-block;padding:.3rem 0;min-height:1.75rem}
.totals{display:grid;grid-template-columns:repeat(4,1fr);gap:1px;background:var(--line);border:1px solid var(--line);border-radius:12px;overflow:hidden;margin:1.6rem 0 1rem;padding:0}
.totals div{background:var(--card);padding:1rem 1.2rem 1.1rem;display:flex;flex-direction:column}
.totals dt{order:2;font-weight:600;font-size:.95rem}
.totals dd{margin:0;order:1;font-size:clamp(1.7rem,1.2rem + 2vw,2.7rem);line-height:1.15;font-weight:650;letter-spacing:-.02em}
.totals dd.share{order:3;font-size:.88rem;line-height:1.4;font-weight:400;letter-spacing:0;color:var(--soft)}
.totals svg{order:4;width:100%;height:5px;margin-top:.7rem;display:block;border-radius:3px;background:var(--line)}
.totals rect{fill:currentColor}
.totals .identified>dd:not(.share),.totals .identified svg{color:var(--identified)}
.totals .attacked>dd:not(.share),.totals .attacked svg{color:var(--attacked)}
.totals .compromised>dd:not(.share),.totals .compromised svg{color:var(--compromised)}
.chart{margin:1.2rem 0 0;background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1rem 1.2rem}
figcaption{color:var(--soft);font-size:.9rem;margin-bottom:.7rem}
.chart .row{margin-bottom:.7rem}
.chart .row-name{font-weight:600;font-size:.92rem;display:flex;justify-content:space-between;gap:1rem;margin-bottom:.2rem}
.chart .row-name span{color:var(--soft);font-weight:400}
.chart svg{display:block;width:100%;height:46px;border-bottom:1px solid var(--edge)}
.chart .row.identified svg{height:84px}
.chart rect{fill:currentColor}
.row.identified svg{color:var(--identified)}.row.attacked svg{color:var(--attacked)}.row.compromised svg{color:var(--compromised)}
.axis{display:flex;justify-content:space-between;color:var(--soft);font-size:.85rem}
section{padding-top:2.4rem}
section>p:first-of-type{color:var(--soft);margin:.3rem 0 1rem}
summary{cursor:pointer;list-style:none}
summary::-webkit-details-marker{display:none}
summary::before{content:"";flex:none;display:inline-block;width:.45rem;height:.45rem;border:solid var(--soft);border-width:0 2px 2px 0;transform:rotate(-45deg);margin-right:.6rem;transition:transform .12s}
details[open]>summary::before{transform:rotate(45deg)}
@media (prefers-reduced-motion:reduce){summary::before{transition:none}}
.card{background:var(--card);border:1px solid var(--line);border-left:4px solid var(--rail);border-radius:8px;margin:0 0 .5rem}
.card.attacked{border-left-color:var(--attacked)}.card.compromised{border-left-color:var(--compromised)}.card.identified{border-left-color:var(--identified)}
.card>summary{display:grid;grid-template-columns:1rem minmax(12rem,1.3fr) 9.2rem minmax(10rem,1fr) minmax(13rem,1fr);gap:.2rem .6rem;align-items:center;padding:.6rem 1rem;min-height:2.75rem}
.card>summary::before{margin:0}
.card>summary:hover{background:var(--wash-identified)}
.card.compromised>summary:hover{background:var(--wash-compromised)}.card.attacked>summary:hover{background:var(--wash-attacked)}
.card .when,.card .gist{color:var(--soft);font-size:.92rem}
.card .when{text-align:right;order:5}.card .gist{order:4}
.badge{display:inline-flex;align-items:center;gap:.35rem;font-size:.85rem;font-weight:600;white-space:nowrap;overflow-wrap:normal}
.badge svg{width:1rem;height:1rem;fill:none;stroke:currentColor;stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round;flex:none}
.badge.identified{color:var(--identified)}.badge.attacked{color:var(--attacked)}.badge.compromised{color:var(--compromised)}
.body{padding:.2rem 1rem 1.1rem 2.6rem;border-top:1px solid var(--line)}
.strip{display:flex;align-items:center;gap:1rem;margin-top:.9rem;color:var(--soft);font-size:.85rem}
.strip svg{flex:1;min-width:0;height:20px;display:block}
.strip path{stroke:currentColor;stroke-width:2;vector-effect:non-scaling-stroke;fill:none}
.strip .rail{stroke:var(--rail);stroke-width:1}
.compromised .strip svg{color:var(--compromised)}.attacked .strip svg{color:var(--attacked)}
.timeline{list-style:none;margin:0;padding:0}
.timeline li{display:grid;grid-template-columns:3.2rem 1fr;gap:.9rem;position:relative;padding-bottom:.75rem}
.timeline time{white-space:nowrap;overflow-wrap:normal;color:var(--soft);text-align:right;font-weight:600}
.timeline li::before{content:"";position:absolute;left:calc(3.2rem + .75rem);top:.75rem;bottom:-.75rem;width:1px;background:var(--rail)}
.timeline li:last-child::before{display:none}
.timeline li::after{content:"";position:absolute;left:calc(3.2rem + .75rem - 3px);top:.5rem;width:7px;height:7px;border-radius:50%;background:var(--edge)}
.compromised .timeline li::after{background:var(--compromised)}.attacked .timeline li::after{background:var(--attacked)}
.timeline div{padding-left:.7rem;max-width:75ch}
.from{display:block;color:var(--soft);font-size:.88rem}
.changes{background:var(--wash-compromised);border-radius:8px;padding:.1rem 1rem .6rem;margin:.4rem 0 .8rem}
.changes h4{color:var(--ink);margin-top:.6rem}
.changes ul{margin:0;padding-left:1.1rem}
.note{color:var(--soft);font-size:.92rem}
.facts{display:flex;flex-wrap:wrap;gap:.3rem 2rem;margin:.9rem 0 0;font-size:.88rem;color:var(--soft)}
.facts div{display:flex;gap:.5rem}.facts dt{font-weight:600;flex:none}.facts dd{margin:0}
.group{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:0 1rem}
.group>summary,.numbers>summary{padding:.7rem 0;font-weight:600;min-height:2.75rem}
.numbers>summary{font-size:.92rem;padding-bottom:0}
table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:left;padding:.4rem .8rem .4rem 0;border-top:1px solid var(--line);vertical-align:top;font-weight:400}
thead th{overflow-wrap:normal;color:var(--soft);font-weight:600;border-top:0}
.n,.numbers td,.numbers thead th+th{text-align:right}
.campaign{background:var(--card);border:1px solid var(--line);border-radius:8px;padding:.9rem 1.1rem;margin-bottom:.6rem}
.campaign .counts{display:flex;flex-wrap:wrap;gap:.2rem 1.4rem;list-style:none;margin:.4rem 0;padding:0}
.campaign .counts strong{font-weight:650}
.members{margin:.4rem 0 0;padding:0;list-style:none;display:flex;flex-wrap:wrap;gap:.1rem 1.2rem}
.members a{display:inline-block;padding:.15rem 0;min-height:1.6rem}
.files td ul,.plain{margin:.2rem 0 0;padding-left:1.1rem;color:var(--soft)}
.plain li{margin-bottom:.3rem}
form{display:flex;flex-wrap:wrap;gap:.5rem .8rem;align-items:center;padding-top:1.6rem}
form label{font-weight:600}
input{font:inherit;color:inherit;background:var(--card);border:1px solid var(--edge);border-radius:8px;padding:.45rem .8rem;min-height:2.6rem;width:min(24rem,100%)}
output{color:var(--soft)}
footer{color:var(--soft);font-size:.9rem;padding-block:2.5rem 3rem}
.group.cards{background:none;border:0;padding:0}
@media (min-width:64rem){.timeline div{max-width:none;display:grid;grid-template-columns:minmax(0,1.15fr) minmax(0,1fr);gap:0 1.5rem}.timeline li{padding-bottom:.4rem}.from{line-height:1.7}}
@media (max-width:60rem){
.card>summary{grid-template-columns:1rem 1fr auto;row-gap:.1rem}
.card .gist,.card .when{grid-column:2/-1;text-align:left}
.card .badge{justify-self:end}}
@media (max-width:30rem){.card .badge{grid-column:2/-1;justify-self:start}}
@media (max-width:40rem){
.totals{grid-template-columns:1fr 1fr}
.totals div{padding:.8rem .9rem .9rem}
.body{padding-inline:.9rem}
.card>summary{padding-inline:.8rem}
.wide{display:none}
.compact .n{width:1%}.compact th[scope=row]{width:50%}
.timeline li{gap:.7rem;grid-template-columns:2.9rem 1fr}
.timeline li::before{left:calc(2.9rem + .75rem)}.timeline li::after{left:calc(2.9rem + .75rem - 3px)}
.facts{flex-direction:column}
.chart{padding-inline:.9rem}
.numbers table{font-size:.8rem}.numbers th,.numbers td{padding-right:.4rem}
.strip span{display:none}
.files thead{display:none}}
@media print{body{background:#fff}.card,.campaign,.group,.chart{break-inside:avoid}form,nav{display:none}details::details-content{content-visibility:visible;block-size:auto}}
`;

/** Inline script: lets the reader look for a person. The page is complete without it. */
export const SCRIPT = `
(() => {
  const form = document.getElementById('find');
  const input = form.querySelector('input');
  const output = form.querySelector('output');
  const items = [...document.querySelectorAll('[data-who]')];
  const groups = [...document.querySelectorAll('details.group')];
  const wasOpen = groups.map((group) => group.open);
  form.hidden = false;
  form.addEventListener('submit', (event) => event.preventDefault());
  input.addEventListener('input', () => {
    const wanted = input.value.trim().toLowerCase();
    let shown = 0;
    for (const item of items) {
      const match = item.dataset.who.includes(wanted);
      item.hidden = !match;
      if (match) shown += 1;
    }
    groups.forEach((group, index) => { group.open = wanted === '' ? wasOpen[index] : true; });
    output.textContent = wanted === '' ? '' : shown + ' of ' + items.length + ' findings';
  });
})();
`;
