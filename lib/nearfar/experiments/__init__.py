"""Experiments: programs that one chapter each tries.

The one idea: a claim in a chapter is a program, which you can run with other
numbers. Import from the modules; there is nothing in the package itself.

`hackysack` (chapter 02) times tasklets against threads, `wire2006` (03) reads
messages the wrong way, `watched_accounts` (04) shows which update is lost,
`mutex` (04) prevents it, `first_answers` (04, 05) solves two exercises,
`delivery` (06) loses messages, `overload` (06) asks too much of a bank,
`power_cuts` (07) kills a machine, and `bank_holiday` (08) runs the real bank
in bad worlds. `many_banks` (10) splits it (with `between_banks`), `two_phase`
(10) is the other way to transfer, `partition` (10) cuts machines off.
`task_graph` (11) draws which task needs which, and `farm_model` (12) is a farm
of any size.
`bank_rush` is what `python -m nearfar hunt` runs: a holiday on which
everything is tried.
"""
