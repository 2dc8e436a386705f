"""De-identification of DICOM objects: profile in, buffer in; plan of bytes and spans out (design §3, PS3.15 annex E)."""
