import { vectorCase } from '../test/vector-case.ts';

const v = ['app=web-7: 1'];

vectorCase('label_replace(v, "name", "$1", "app", "(.*)-(.*)")', { v }, ['app=web-7 name=web: 1']);
vectorCase('label_replace(v, "app", "$2", "app", "(.*)-(.*)")', { v }, ['app=7: 1']);
vectorCase('label_replace(v, "name", "x", "app", "nothing")', { v }, ['app=web-7: 1']);
vectorCase('label_replace(v, "name", "${n}", "app", "(?P<n>\\\\w+)-.*")', { v }, ['app=web-7 name=web: 1']);
vectorCase('label_replace(v, "app", "", "app", ".*")', { v }, [': 1']);
vectorCase('label_replace(v, "name", "none", "missing", "")', { v }, ['app=web-7 name=none: 1']);
