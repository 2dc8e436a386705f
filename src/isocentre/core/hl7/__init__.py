"""HL7 v2: frames on the wire, messages, and what of them concerns who a patient is."""
