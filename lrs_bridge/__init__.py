"""LRS Bridge: the SCORM/xAPI plugin layer and Learning Record Store beside an existing LMS."""

__version__ = "0.1.0"
