"""What a fact is: records, their canonical form, kinds, references and identities."""
