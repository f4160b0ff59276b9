// Every optimiser and schedule.
#pragma once

#include "mycel/optim/rules.h"
#include "mycel/optim/step_lr.h"
