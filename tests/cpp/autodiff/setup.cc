#include "tests/cpp/support/interpreted.h"
