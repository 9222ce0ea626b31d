#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Choosing in the list, contrast, paper; what axe finds in the pages with charts, what they weigh, how they are with a
finger; what comes late: more flows of tests/test-page.py. Prints TAP."""

import importlib.util
import os
import sys

SPEC = importlib.util.spec_from_file_location(
    'test_page', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'test-page.py'))
test_page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(test_page)

if __name__ == '__main__':
    sys.exit(test_page.main('list,look,again'))
