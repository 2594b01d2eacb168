"""What the system tests, the benchmarks and the demo share: TAP output, network
namespaces, a real Postfix with Dovecot as its password checker, mail clients, log
writers, and the guard itself."""
