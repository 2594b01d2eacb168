#include "report/print_html.h"

/* Colours stand twice and not in variables: readers of mail know no variables. Each pair
 * of text and ground has a contrast of 4.5 at least (test/system/report_html.t). */
static const char light[] =
    "*{box-sizing:border-box}\n"
    "html{-webkit-text-size-adjust:100%;text-size-adjust:100%}\n"
    "body{margin:0;background:#f4f6f8;color:#1c2430;"
    "font:16px/1.55 system-ui,-apple-system,'Segoe UI',Roboto,'Hiragino Sans',"
    "'Yu Gothic UI',Meiryo,'Noto Sans','Noto Sans CJK JP',sans-serif;"
    "overflow-wrap:anywhere}\n"
    "header,main,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}\n"
    "header{padding-top:2rem}\n"
    "h1{font-size:1.5rem;line-height:1.3;margin:0;font-weight:650}\n"
    "h2{font-size:1.06rem;line-height:1.4;margin:0 0 .6rem;font-weight:650}\n"
    "p{margin:0}\n"
    "a{color:#1f5fa8}\n"
    ".period,.hint,.more,footer,.before,figcaption span{color:#566173}\n"
    ".period{margin:.15rem 0 1rem}\n"
    ".hint{margin:-.35rem 0 .7rem;font-size:.9rem}\n"
    ".more{margin-top:.6rem;font-size:.9rem}\n"
    "footer{padding-top:.5rem;padding-bottom:2.5rem;font-size:.85rem}\n"
    ".verdict{display:inline-block;padding:.3rem .85rem;border-radius:1rem;"
    "font-weight:600}\n"
    ".good{background:#e3f3e8;color:#17603a}\n"
    ".look{background:#fdf1d3;color:#7a4d00}\n"
    ".act{background:#fbe4e2;color:#a01d17}\n"
    "section{background:#fff;border:1px solid #dfe4ea;border-radius:10px;"
    "padding:1.1rem 1.25rem 1.2rem;margin:1rem 0;scroll-margin-top:3.5rem}\n"
    ".notes{list-style:none;margin:0;padding:0}\n"
    ".notes li{padding:.6rem .85rem;margin-top:.5rem;border-radius:8px;color:#1c2430}\n"
    ".notes li.plain{background:#f1f4f7}\n"
    ".tag{display:inline-block;padding:0 .5rem;border-radius:.7rem;font-size:.8rem;"
    "line-height:1.5;font-weight:650;margin-right:.25rem}\n"
    ".notes .tag{padding:0}\n"
    ".tile{margin:0}\n"
    ".tile dt{color:#566173;font-size:.9rem}\n"
    ".tile dd{margin:0}\n"
    ".tile .value{font-size:1.5rem;line-height:1.3;font-weight:600;"
    "font-variant-numeric:tabular-nums}\n"
    ".before{font-size:.82rem;line-height:1.45}\n"
    ".change{white-space:nowrap}\n"
    "table{border-collapse:collapse;width:100%}\n"
    ".rows{font-size:.93rem}\n"
    ".rows th,.rows td{padding:.38rem .6rem;text-align:left;vertical-align:top;"
    "border-bottom:1px solid #e7ebf0}\n"
    ".rows tbody tr:last-child>*{border-bottom:0}\n"
    ".rows thead "
    "th{color:#566173;font-weight:600;font-size:.85rem;vertical-align:bottom}\n"
    ".rows tbody th{font-weight:500}\n"
    ".rows .n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}\n"
    ".rows .t{font-variant-numeric:tabular-nums}\n"
    ".rows thead th{overflow-wrap:normal;white-space:normal}\n"
    ".label{display:none;color:#566173}\n"
    ".rows .bars{background:linear-gradient(#dce9f7,#dce9f7) no-repeat right}\n"
    "figure{margin:0}\n"
    "figcaption{font-size:.9rem}\n"
    "figcaption span{font-size:.82rem;margin-left:.4rem;white-space:nowrap}\n";

static const char dark[] =
    "body{background:#11161d;color:#dfe6ee}\n"
    "a{color:#8ab8ec}\n"
    ".period,.hint,.more,footer,.before,figcaption span,.tile dt,.rows thead th,"
    ".label,summary{color:#9ba9b9}\n"
    ".good{background:#17332a;color:#86d3a4}\n"
    ".look{background:#37290f;color:#f0c368}\n"
    ".act{background:#40201f;color:#ffa39b}\n"
    "section{background:#1a212b;border-color:#2b3541}\n"
    ".notes li{color:#dfe6ee}\n"
    ".notes li.plain{background:#222b37}\n"
    ".rows th,.rows td{border-bottom-color:#2b3541}\n"
    ".cards tr{border-color:#2b3541}\n"
    ".rows .bars{background-image:linear-gradient(#26405e,#26405e)}\n";

/* A row as a card: a line for each value. */
#define CARDS_OF(table)                                                                  \
    table "," table " tbody," table " tr," table " td," table                            \
          " tbody th{display:block}\n" table " thead{display:none}\n" table              \
          " tr{padding:.55rem 0;border-bottom:1px solid #e7ebf0}\n" table                \
          " tr:last-child{border-bottom:0;padding-bottom:0}\n" table                     \
          " tbody th{padding:0 0 .15rem;border:0;font-weight:650}\n" table               \
          " tbody th.n," table " tbody th.t{text-align:left}\n" table " td," table       \
          " td.n{padding:.1rem 0;border:0;text-align:left;white-space:normal}\n" table   \
          " .label{display:inline-block;min-width:8.5rem;margin-right:.6rem}\n" table    \
          " td.bars{background:none}\n"

/* On a phone a row of many columns is a card, of very many on a tablet; wider, what is
 * short is not broken in two. */
static const char narrow[] =
    "@media (max-width:44rem){\n"
    "header,main,footer{padding-left:.8rem;padding-right:.8rem}\n"
    "header{padding-top:1.2rem}\n"
    "section{padding:.9rem .9rem 1rem}\n"
    ".rows th,.rows td{padding-left:.35rem;padding-right:.35rem}\n"
    "" CARDS_OF(
        ".cards") "}\n"
                  "@media (max-width:70rem){\n"
                  "" CARDS_OF(
                      ".wide") "}\n"
                               "@media (min-width:70.01rem){.wide .k{white-space:nowrap}"
                               ".wide .t{overflow-wrap:normal}}\n";

static const char page[] =
    "nav{margin-top:.9rem}\n"
    "nav ul{max-width:72rem;margin:0 auto;padding:.3rem 1.25rem;list-style:none;"
    "display:flex;flex-wrap:wrap;gap:.25rem 1.1rem;font-size:.9rem}\n"
    "nav a{text-decoration:none;padding:.15rem 0}\n"
    "nav a:hover{text-decoration:underline}\n"
    "a:focus-visible,summary:focus-visible{outline:2px solid #1f5fa8;outline-offset:2px;"
    "border-radius:3px}\n"
    ".tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(10.5rem,1fr));"
    "gap:1.1rem 1.5rem}\n"
    ".charts{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(18rem,100%),"
    "1fr));gap:1.3rem 2rem}\n"
    "svg{display:block;width:100%;height:auto}\n"
    "svg text{font-size:10px;fill:#566173}\n"
    ".bar{fill:#4a86c8}\n.hit{fill:transparent}\ng:hover .bar{fill:#1f5fa8}\n"
    ".rule{stroke:#e7ebf0;fill:none}\n.base{stroke:#b8c2ce;fill:none}\n"
    "details{margin-top:.9rem}\n"
    "summary{cursor:pointer;color:#566173;font-size:.9rem;width:max-content}\n"
    "details .rows{margin-top:.5rem}\n"
    "@media (prefers-color-scheme:dark){\n"
    "a:focus-visible,summary:focus-visible{outline-color:#8ab8ec}\n"
    "svg text{fill:#9ba9b9}\n.bar{fill:#5b9be0}\ng:hover .bar{fill:#9cc7f5}\n"
    ".rule{stroke:#2b3541}\n.base{stroke:#475464}\n}\n"
    "@media (max-width:44rem){\n"
    "nav{position:sticky;top:0;z-index:1;background:#f4f6f8;border-bottom:1px solid "
    "#dfe4ea}\n"
    "nav ul{flex-wrap:nowrap;overflow-x:auto;white-space:nowrap;padding:.6rem .8rem}\n"
    ".tiles{grid-template-columns:1fr 1fr;gap:.9rem 1rem}\n"
    "}\n"
    "@media (max-width:44rem) and (prefers-color-scheme:dark){\n"
    "nav{background:#11161d;border-color:#2b3541}\n}\n"
    "@media print{nav,details{display:none}section{break-inside:avoid}}\n";

static const char mail[] =
    ".tile{display:inline-block;vertical-align:top;width:10.5rem;margin:0 1rem 1rem 0}\n"
    "figure{margin-bottom:1.2rem}\n"
    ".chart{table-layout:fixed;max-width:36rem;margin-top:.3rem}\n"
    ".chart td{padding:0 1px;vertical-align:bottom;height:74px}\n"
    ".chart .axis{height:auto;font-size:.75rem;color:#566173;border-top:1px solid "
    "#b8c2ce}\n"
    ".bar{background:#4a86c8}\n"
    "@media (max-width:44rem){.tile{width:45%;margin-right:3%}}\n"
    "@media (prefers-color-scheme:dark){.chart .axis{color:#9ba9b9}"
    ".bar{background:#5b9be0}}\n";

void
html_style(enum html_use use, struct buf *out)
{
    buf_add_text(out, light);
    buf_add_text(out, narrow);
    buf_add_text(out, use == HTML_PAGE ? page : mail);
    buf_add_text(out, "@media (prefers-color-scheme:dark){\n");
    buf_add_text(out, dark);
    buf_add_text(out, "}\n");
}
