/* Puts a stream of 32-bit words on standard input to three batteries of TestU01; prints "p BATTERY TEST" a line.

   SmallCrush looks at the words as fractions and reads what it needs; Rabbit and Alphabit look at their bits, of which
   they read 2 to the power of the argument. */
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <testu01/bbattery.h>
#include <testu01/swrite.h>
#include <testu01/unif01.h>

static unsigned int word(void)
{
    static uint32_t words[1 << 14];
    static size_t held, next;
    if (next == held) {
        held = fread(words, sizeof *words, sizeof words / sizeof *words, stdin);
        next = 0;
        if (held == 0) {
            fputs("the stream ended\n", stderr);
            exit(1);
        }
    }
    return words[next++];
}

static void report(const char *battery)
{
    for (int i = 0; i < bbattery_NTests; i++)
        printf("%.17g %s %s\n", bbattery_pVal[i], battery, bbattery_TestNames[i]);
}

int main(int argc, char **argv)
{
    if (argc != 2) {
        fprintf(stderr, "usage: %s LOG_BITS\n", argv[0]);
        return 2;
    }
    unif01_Gen *generator = unif01_CreateExternGenBits("stream", word);
    swrite_Basic = FALSE;
    double bits = ldexp(1, atoi(argv[1]));
    bbattery_SmallCrush(generator);
    report("SmallCrush");
    bbattery_Rabbit(generator, bits);
    report("Rabbit");
    bbattery_Alphabit(generator, bits, 0, 32);
    report("Alphabit");
    unif01_DeleteExternGenBits(generator);
    return 0;
}
