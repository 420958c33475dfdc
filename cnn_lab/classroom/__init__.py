"""Lessons as files: executing them, their stored form, workbooks to learn in.

`notebooks` needs the extra `test`, the workbook nothing beyond the package.
"""
