/* text: it is in base/, where the report needs it too. */
#pragma once

#include "base/text.h"
