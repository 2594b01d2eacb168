#!/usr/bin/env python3
"""Writes a header with a 64-bit hash of wire.def: wire-hash.py INPUT OUTPUT"""
import hashlib
import sys

source, target = sys.argv[1:3]
with open(source, "rb") as f:
    digest = hashlib.sha256(f.read()).hexdigest()[:16]
with open(target, "w", encoding="ascii") as f:
    f.write("/* Made from wire.def. */\n#pragma once\n#define WIRE_DEF_HASH UINT64_C(0x%s)\n" % digest)
