"""Files: the only folder that opens or writes data files, one module a layer."""
