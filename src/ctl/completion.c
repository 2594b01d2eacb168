#include "ctl/completion.h"

#include "ctl/help.h"

/* Times to choose from; any other can be typed. */
#define TIMES "10m 1h 1d 1w permanent"
#define WHENS "today yesterday -1h -1d -1w"

/* --- what both have --- */

/* Appends the names of the commands, with blanks in between. */
static void
add_command_names(struct buf *out)
{
    const struct ctl_command *c;

    for (size_t i = 0; (c = ctl_command_at(i)); i++)
        buf_printf(out, "%s%s", i ? " " : "", c->name);
}

/* Appends "a|b": the names of the commands whose words are completed so. False when there
 * are none. */
static bool
add_completed(struct buf *out, enum ctl_completes completes)
{
    const struct ctl_command *c;
    bool is_any = false;

    for (size_t i = 0; (c = ctl_command_at(i)); i++) {
        if (c->completes != completes)
            continue;
        buf_printf(out, "%s%s", is_any ? "|" : "", c->name);
        is_any = true;
    }
    return is_any;
}

/* The name of what `complete` prints. */
static const char *
asked_name(enum ctl_completes completes)
{
    return completes == COMPLETES_JAILS     ? "jails"
           : completes == COMPLETES_ALLOWED ? "allowed"
                                            : "bans";
}

/* --- bash --- */

/* Appends "--a|--b": the options with a value (of `type`, or of any when it is
 * TAKES_FLAG). */
static void
add_bash_options(struct buf *out, enum ctl_option_type type)
{
    const char *before = "";

    for (size_t i = 0; i < CTL_OPTIONS; i++) {
        const struct ctl_option *o = ctl_option((enum ctl_option_id)i);

        if (o->type == TAKES_FLAG || (type != TAKES_FLAG && o->type != type))
            continue;
        buf_printf(out, "%s%s", before, o->name);
        before = "|";
    }
}

static void
add_bash_options_of(struct buf *out)
{
    const struct ctl_command *c;
    size_t at;
    const struct ctl_option *o;

    buf_add_text(out, "_komainu_options()\n{\n    case $1 in\n");
    for (size_t i = 0; (c = ctl_command_at(i)); i++) {
        buf_printf(out, "        %s) echo '", c->name);
        for (at = 0; (o = help_next_option(c, &at));)
            buf_printf(out, "%s ", o->name);
        buf_add_text(out, "' ;;\n");
    }
    buf_add_text(out, "    esac\n}\n\n");
}

/* They put what they find into `found` of _komainu(). */
static void
add_bash_finders(struct buf *out)
{
    buf_add_text(out,
                 "# Which of the words in $2 begin with $1.\n"
                 "_komainu_choose()\n{\n"
                 "    mapfile -t found < <(compgen -W \"$2\" -- \"$1\")\n}\n\n"
                 "_komainu_files()\n{\n"
                 "    compopt -o filenames 2>/dev/null\n"
                 "    mapfile -t found < <(compgen -f -- \"$1\")\n}\n\n"
                 "# What the guard says: bans or jails ($1) that begin with $2; $3 is "
                 "the\n# program, and the rest where its guard is.\n"
                 "_komainu_ask()\n{\n"
                 "    mapfile -t found < <(\"$3\" complete \"$1\" \"${@:4}\" -- "
                 "\"$2\" 2>/dev/null)\n}\n\n");
}

static void
add_bash_values(struct buf *out)
{
    buf_add_text(out, "# The value of the option $1; the rest as for _komainu_ask.\n"
                      "_komainu_values()\n{\n    case $1 in\n        ");
    add_bash_options(out, TAKES_PATH);
    buf_add_text(out, ") _komainu_files \"$2\" ;;\n        ");
    add_bash_options(out, TAKES_TIME);
    buf_add_text(out, ") _komainu_choose \"$2\" '" TIMES "' ;;\n        ");
    add_bash_options(out, TAKES_WHEN);
    buf_add_text(out, ") _komainu_choose \"$2\" '" WHENS "' ;;\n        ");
    add_bash_options(out, TAKES_JAIL);
    buf_add_text(out, ") _komainu_ask jails \"${@:2}\" ;;\n    esac\n}\n\n");
}

static void
add_bash_words(struct buf *out)
{
    static const enum ctl_completes asked[] = {COMPLETES_BANNED, COMPLETES_JAILS,
                                               COMPLETES_ALLOWED};
    struct buf names = {0};

    buf_add_text(
        out,
        "# Finds what a word of the command $1 can be that begins with $2; $3 is the\n"
        "# program, and the rest where its guard is.\n"
        "_komainu_words()\n{\n    case $1 in\n        '') _komainu_choose \"$2\" '");
    add_command_names(out);
    buf_add_text(out, "' ;;\n");
    for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
        buf_clear(&names);
        if (add_completed(&names, asked[i]))
            buf_printf(out, "        %s) _komainu_ask %s \"${@:2}\" ;;\n", names.ptr,
                       asked_name(asked[i]));
    }
    buf_add_text(out, "        ");
    (void)add_completed(out, COMPLETES_FILES); /* replay is one */
    buf_add_text(out, ") _komainu_files \"$2\" ;;\n        ");
    (void)add_completed(out, COMPLETES_COMMANDS); /* help is one */
    buf_add_text(out, ") _komainu_choose \"$2\" '");
    add_command_names(out);
    buf_add_text(out, "' ;;\n    esac\n}\n\n");
    buf_fini(&names);
}

/* Words are split here and not by bash, to whom the colons of an address and the = of an
 * option end a word; what it has on the line already is taken off the answers. */
static void
add_bash_main(struct buf *out)
{
    buf_add_text(out,
                 "_komainu()\n{\n"
                 "    local line=${COMP_LINE:0:COMP_POINT} command= before= current= "
                 "word i found=()\n"
                 "    local words=() where=()\n"
                 "    read -ra words <<<\"$line\"\n"
                 "    if [[ $line != *[[:space:]] ]]; then\n"
                 "        current=${words[-1]}\n"
                 "        unset 'words[-1]'\n"
                 "    fi\n"
                 "    for ((i = 1; i < ${#words[@]}; i++)); do\n"
                 "        word=${words[i]}\n"
                 "        before=\n"
                 "        case $word in\n"
                 "            --socket=*|--state=*) where=(\"$word\") ;;\n"
                 "            ");
    add_bash_options(out, TAKES_FLAG);
    buf_add_text(
        out, ")\n"
             "                before=$word\n"
             "                if ((i + 1 < ${#words[@]})); then\n"
             "                    i=$((i + 1))\n"
             "                    before=\n"
             "                    [[ $word != --socket && $word != --state ]] ||\n"
             "                        where=(\"$word\" \"${words[i]}\")\n"
             "                fi ;;\n"
             "            -*) ;;\n"
             "            *) [[ $command ]] || command=$word ;;\n"
             "        esac\n"
             "    done\n"
             "    if [[ $before ]]; then\n"
             "        _komainu_values \"$before\" \"$current\" \"$1\" \"${where[@]}\"\n"
             "    elif [[ $current == --*=* ]]; then\n"
             "        _komainu_values \"${current%%=*}\" \"${current#*=}\" \"$1\" "
             "\"${where[@]}\"\n"
             "        found=(\"${found[@]/#/${current%%=*}=}\")\n"
             "    elif [[ $current == -* ]]; then\n"
             "        _komainu_choose \"$current\" \"$(_komainu_options \"$command\")\"\n"
             "    else\n"
             "        _komainu_words \"$command\" \"$current\" \"$1\" \"${where[@]}\"\n"
             "    fi\n"
             "    word=$current\n"
             "    for i in : =; do\n"
             "        [[ $COMP_WORDBREAKS != *$i* ]] || word=${word##*$i}\n"
             "    done\n"
             "    COMPREPLY=(\"${found[@]#\"${current%\"$word\"}\"}\")\n"
             "}\n\n"
             "complete -F _komainu komainu\n");
}

void
completion_add_bash(struct buf *out)
{
    buf_add_text(out, "# bash completion for komainu(1)\n"
                      "# Made from the command table by komainu --print-completion "
                      "bash.\n\n");
    add_bash_options_of(out);
    add_bash_finders(out);
    add_bash_values(out);
    add_bash_words(out);
    add_bash_main(out);
}

/* --- zsh --- */

/* Text of ours inside '...' of an _arguments specification, the first line of it. */
static void
add_zsh_text(struct buf *out, const char *text)
{
    for (; *text && *text != '\n'; text++) {
        if (*text == '\'')
            buf_add_text(out, "'\\'");
        else if (strchr("[]:\\", *text))
            buf_add_byte(out, '\\');
        buf_add_byte(out, *text);
    }
}

/* What zsh does for the value of an option. */
static const char *
zsh_action(enum ctl_option_type type)
{
    switch (type) {
    case TAKES_PATH:
        return "_files";
    case TAKES_TIME:
        return "(" TIMES ")";
    case TAKES_WHEN:
        return "(" WHENS ")";
    case TAKES_JAIL:
        return " _komainu_ask jails";
    case TAKES_FLAG:
    case TAKES_COMMENT:
    case TAKES_TEXT:
    case TAKES_NAME:
        break;
    }
    return " ";
}

static void
add_zsh_option(struct buf *out, const struct ctl_option *o)
{
    buf_printf(out, " \\\n                '%s%s[", o->name, o->value ? "=" : "");
    add_zsh_text(out, o->help[CTL_ENGLISH]);
    buf_add_byte(out, ']');
    if (o->value)
        buf_printf(out, ":%s:%s", o->value, zsh_action(o->type));
    buf_add_byte(out, '\'');
}

static void
add_zsh_words(struct buf *out, const struct ctl_command *c)
{
    switch (c->completes) {
    case COMPLETES_NOTHING:
        return;
    case COMPLETES_FILES:
        buf_add_text(out, " \\\n                '*:file:_files'");
        return;
    case COMPLETES_COMMANDS:
        buf_add_text(out, " \\\n                '1:command:_komainu_commands'");
        return;
    case COMPLETES_BANNED:
        buf_add_text(out, " \\\n                '1:address: _komainu_ask bans'");
        return;
    case COMPLETES_ALLOWED:
        buf_add_text(out, " \\\n                '1:verb or address:(list remove)'"
                          " \\\n                '2:address: _komainu_ask allowed'");
        return;
    case COMPLETES_JAILS:
        buf_add_text(out, " \\\n                '1:jail: _komainu_ask jails'");
        return;
    }
}

static void
add_zsh_commands(struct buf *out)
{
    const struct ctl_command *c;

    buf_add_text(out, "_komainu_commands()\n{\n    local -a commands=(\n");
    for (size_t i = 0; (c = ctl_command_at(i)); i++) {
        buf_printf(out, "        '%s:", c->name);
        add_zsh_text(out, c->summary[CTL_ENGLISH]);
        buf_add_text(out, "'\n");
    }
    buf_add_text(out, "    )\n    _describe command commands\n}\n\n");
}

static void
add_zsh_arguments(struct buf *out)
{
    const struct ctl_command *c;
    size_t at;
    const struct ctl_option *o;

    buf_add_text(out, "    case $words[1] in\n");
    for (size_t i = 0; (c = ctl_command_at(i)); i++) {
        buf_printf(out, "        %s)\n            _arguments -s", c->name);
        for (at = 0; (o = help_next_option(c, &at));)
            add_zsh_option(out, o);
        add_zsh_words(out, c);
        buf_add_text(out, " ;;\n");
    }
    buf_add_text(out, "    esac\n");
}

void
completion_add_zsh(struct buf *out)
{
    buf_add_text(out,
                 "#compdef komainu\n"
                 "# Made from the command table by komainu --print-completion zsh.\n\n");
    add_zsh_commands(out);
    buf_add_text(out,
                 "_komainu_ask()\n{\n"
                 "    local -a found where\n"
                 "    local option\n"
                 "    for option in --socket --state; do\n"
                 "        (( ${+opt_args[$option]} )) && where=($option "
                 "${(Q)opt_args[$option]})\n"
                 "    done\n"
                 "    found=(${(f)\"$(${(Q)~program} complete $1 $where -- \"$PREFIX\" "
                 "2>/dev/null)\"})\n"
                 "    compadd -a found\n"
                 "}\n\n"
                 "_komainu()\n{\n"
                 "    local curcontext=$curcontext state line program=$words[1]\n"
                 "    typeset -A opt_args\n"
                 "    _arguments -C '1:command:_komainu_commands' "
                 "'*::argument:->arguments' && return\n"
                 "    [[ $state == arguments ]] || return 1\n");
    add_zsh_arguments(out);
    buf_add_text(out, "}\n\n_komainu \"$@\"\n");
}
