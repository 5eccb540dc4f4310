"""Tablestore (OTS) in the local cloud: the wide-column data model over the vendor's wire protocol."""
