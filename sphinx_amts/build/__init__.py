"""What one localized build does besides translating: catalogs, pre-scan, records."""
