#include "line/zone.h"

#include "base/ascii.h"

enum { QUARTER_S = 900 };

/* In quarters of an hour. Abbreviations are not unique (CST is also China's); the reading
 * is the one fail2ban has, so that a configuration keeps its meaning. The letters are the
 * nautical (military) zones. */
static const struct {
    int quarters;
    const char *names;
} zones[] = {
    {-48, "Y"},
    {-44, "X NUT SST"},
    {-40, "W CKT HAST HST TAHT TKT"},
    {-38, "MART MIT"},
    {-36, "V AKST GAMT GIT HADT HNY HDT"},
    {-32, "U AKDT CIST HAY HNP PST PT"},
    {-28, "T HAP HNR MST PDT MT"},
    {-24, "S CST EAST GALT HAR HNC MDT CT"},
    {-20, "R CDT COT EASST ECT EST ET HAC HNE PET"},
    {-18, "HLV VET"},
    {-16, "Q AST BOT CLT COST EDT FKT GYT HAE HNA PYT"},
    {-14, "HNT NST NT"},
    {-12, "P ADT ART BRT CLST FKST GFT HAA PMST PYST SRT UYT WGT"},
    {-10, "HAT NDT"},
    {-8, "O BRST FNT PMDT UYST WGST"},
    {-4, "N AZOT CVT EGT"},
    {0, "Z UTC GMT UCT WET WT EGST"},
    {4, "A CET MET MEZ BST DFT WAT WEDT WEST"},
    {8, "B CAT CEDT CEST MEST MESZ EET SAST WAST"},
    {12, "C EAT EEDT EEST IDT MSK TRT"},
    {14, "IRST"},
    {16, "D AMT AZT GET GST KUYT MSD MUT RET SAMT SCT"},
    {18, "AFT IRDT"},
    {20, "E AMST AQTT AZST HMT MAWT MVT PKT TFT TJT TMT UZT YEKT"},
    {22, "SLT IST"},
    {23, "NPT"},
    {24, "F ALMT BIOT BTT IOT KGT NOVT OMST YEKST"},
    {26, "CCT MMT"},
    {28, "G CXT DAVT HOVT ICT KRAT NOVST OMSST THA WIB"},
    {32, "H ACT AWST BDT BNT CAST HKT IRKT KRAST MYT PHT SGT ULAT WITA WST"},
    {36, "I AWDT IRKST JST KST PWT TLT WDT WIT YAKT"},
    {38, "ACST"},
    {40, "K AEST CHST PGT VLAT YAKST YAPT"},
    {42, "ACDT LHST"},
    {44, "L AEDT LHDT MAGT NCT PONT SBT VLAST VUT"},
    {46, "NFT"},
    {48, "M ANAST ANAT FJT GILT MAGST MHT NZST PETST PETT TVT WFT"},
    {52, "FJST NZDT"},
};

/* The number of two digits at `p`; -1 when they are none. */
static int
two_digits(const char *p)
{
    if (!ascii_is_digit(p[0]) || !ascii_is_digit(p[1]))
        return -1;
    return (p[0] - '0') * 10 + (p[1] - '0');
}

size_t
zone_read_offset(struct span s, int *offset_s)
{
    size_t n = 3, colon;
    int hours, minutes = 0;

    if (s.len && *s.ptr == 'Z') {
        *offset_s = 0;
        return 1;
    }
    if (s.len < 3 || (*s.ptr != '+' && *s.ptr != '-'))
        return 0;
    hours = two_digits(s.ptr + 1);
    colon = s.len > 3 && s.ptr[3] == ':';
    if (s.len >= 5 + colon && two_digits(s.ptr + 3 + colon) >= 0) {
        minutes = two_digits(s.ptr + 3 + colon);
        n = 5 + colon;
    }
    if (hours < 0 || hours > 23 || minutes > 59)
        return 0;
    *offset_s = (hours * 60 + minutes) * (*s.ptr == '-' ? -60 : 60);
    return n;
}

static bool
named(struct span name, int *offset_s)
{
    struct span names, word;

    for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
        names = span_of(zones[i].names);
        while (span_word(&names, &word)) {
            /* A single small letter is hardly a nautical zone. */
            if (!(name.len > 1 ? span_eq_nocase(word, name) : span_eq(word, name)))
                continue;
            *offset_s = zones[i].quarters * QUARTER_S;
            return true;
        }
    }
    return false;
}

bool
zone_read(struct span s, int *offset_s)
{
    size_t letters = 0;
    int base = 0, more = 0;

    while (letters < s.len && (s.ptr[letters] | 0x20) >= 'a' &&
           (s.ptr[letters] | 0x20) <= 'z')
        letters++;
    if (!s.len || (letters && !named(span_head(s, letters), &base)))
        return false;
    s = span_from(s, letters);
    if (s.len && (*s.ptr == 'Z' || zone_read_offset(s, &more) != s.len))
        return false;
    *offset_s = base + more;
    return true;
}

bool
dates_zone_parse(struct span text, struct dates_zone *out)
{
    int offset_s;

    text = span_trim(text);
    if (!text.len) {
        *out = (struct dates_zone){0};
        return true;
    }
    if (!zone_read(text, &offset_s))
        return false;
    *out = (struct dates_zone){.is_fixed = true, .offset_s = offset_s};
    return true;
}
