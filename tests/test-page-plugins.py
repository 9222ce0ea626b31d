#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""What plugins add to the page, and what can go wrong while one looks at it: more flows of tests/test-page.py. Prints TAP."""

import importlib.util
import os
import sys

SPEC = importlib.util.spec_from_file_location(
    'test_page', os.path.join(os.path.dirname(os.path.abspath(__file__)), 'test-page.py'))
test_page = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(test_page)

if __name__ == '__main__':
    sys.exit(test_page.main('modules,trouble'))
