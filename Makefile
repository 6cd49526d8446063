.PHONY: run up down demo test bench lint audit setup

run up down demo test bench lint audit setup:
	@python3 -m benchkit $@ $(ARGS)
