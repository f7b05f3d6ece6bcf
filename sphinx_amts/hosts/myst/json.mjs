// Node's own way to write JSON.
//
// Before node 21, mystmd puts another one in its place (core-js, for what that node lacks),
// which goes over the text character by character.

import vm from "node:vm";

export const { stringify } = vm.runInNewContext("JSON");
