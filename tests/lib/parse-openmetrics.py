#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Reads OpenMetrics text by somebody else's parser; one line for each sample. 77: it is not here."""

import sys

try:
    from prometheus_client.openmetrics.parser import text_string_to_metric_families
except ImportError:
    sys.exit(77)

names = set()
lines = set()
for family in text_string_to_metric_families(sys.stdin.buffer.read().decode('utf-8')):
    assert family.name not in names, family.name
    names.add(family.name)
    assert family.documentation, family.name
    for sample in family.samples:
        line = (sample.name, tuple(sorted(sample.labels.items())))
        assert line not in lines, line
        lines.add(line)
        print(family.type, family.unit or '-', sample.name, ascii(sorted(sample.labels.items())),
              sample.value)
