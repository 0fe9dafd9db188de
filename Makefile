# Aliases. The commands live in ./vermilion; ARGS="..." passes arguments on.
.PHONY: help run test demo check bench
help run test demo check bench:
	@./vermilion $@ $(ARGS)
