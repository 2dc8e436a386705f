"""DIMSE: our own DICOM upper layer for C-ECHO and C-STORE (PS3.7, PS3.8), as acceptor and as sender."""
