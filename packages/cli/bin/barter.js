#!/usr/bin/env node
// A file that is there before the first build, so that installing can link the command.
import '../dist/bundle/main.js'
