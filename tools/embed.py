#!/usr/bin/env python3
"""Makes a C table of text files: embed.py OUTPUT NAME=FILE...

The names are what the configuration calls the files: jail.conf, filter.d/sshd.conf. The texts are
written as numbers, because a compiler need not take long string literals.
"""
import sys

BYTES_A_LINE = 20


def array(index, data):
    """The definition of the array of one file, with a NUL behind it."""
    numbers = [str(byte) for byte in data] + ["0"]
    lines = [", ".join(numbers[i:i + BYTES_A_LINE]) for i in range(0, len(numbers), BYTES_A_LINE)]
    return "static const char text_%d[] = {\n    %s,\n};\n\n" % (index, ",\n    ".join(lines))


def main(target, pairs):
    arrays, rows = "", ""
    for index, pair in enumerate(pairs):
        name, path = pair.split("=", 1)
        with open(path, "rb") as f:
            data = f.read()
        if any(byte > 126 for byte in data):
            sys.exit("%s: only ASCII can be built in" % path)
        arrays += array(index, data)
        rows += '    {"%s", text_%d, sizeof(text_%d) - 1},\n' % (name, index, index)
    with open(target, "w", encoding="ascii") as f:
        f.write("/* Made by tools/embed.py from etc/ and filters/. */\n"
                '#include "conf/layers.h"\n\n%s'
                "const struct conf_builtin conf_builtins[] = {\n%s    {0},\n};\n" % (arrays, rows))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
