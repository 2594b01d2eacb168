/* print: a document as text, HTML, JSON and Prometheus' text.
 *
 * The same document gives the same bytes. Foreign texts come out harmless everywhere:
 * control bytes and invalid UTF-8 as \xXX, what reorders text as \u{XXXX}, and then as
 * the format wants it. doc/REPORT.md describes JSON and Prometheus.
 */
#pragma once

#include "base/text.h"
#include "report/document.h"

/* A whole page with charts, or a part of a mail, whose readers know less of CSS and no
 * SVG. */
enum html_use { HTML_PAGE, HTML_MAIL };

enum { PRINT_MAIL_COLUMNS = 78 };

/* Appends text for a terminal or a mail; without columns nothing is cut to fit, and
 * sentences are broken at PRINT_MAIL_COLUMNS. */
void print_text(const struct document *d, enum language language,
                const struct screen *screen, struct buf *out);

/* Appends one HTML file that asks nothing of any network and needs no script. */
void print_html(const struct document *d, enum language language, enum html_use use,
                struct buf *out);

/* Appends one JSON object and a line feed; the language is that of titles and notes. */
void print_json(const struct document *d, enum language language, struct buf *out);

/* Appends metrics in Prometheus' text format (version 0.0.4). */
void print_prometheus(const struct document *d, struct buf *out);

/* Appends the subject of a mail: whose report, of when, and the verdict. */
void print_subject(const struct document *d, enum language language, struct buf *out);
