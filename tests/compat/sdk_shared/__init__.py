"""Tests that hold for every version of the SDK; the folders of the versions run them.

A class here is not a test case by itself: `sdk_0_18` and `sdk_0_9` mix it with `SdkCase`.
"""
