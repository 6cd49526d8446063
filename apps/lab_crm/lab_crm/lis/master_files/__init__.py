"""The catalogue as a LIS describes it (MFN): compared with ours, kept, applied by people."""
