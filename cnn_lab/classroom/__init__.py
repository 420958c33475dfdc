"""Lessons as files: executing them and bringing them into their stored form.

Needs the ``test`` or the ``classroom`` extra.
"""
