/* A dense layer in C, asked by `nnparity check --command ./dense --layer dense --convention activation=linear`: one question a
   line on stdin, one answer a line on stdout. y = x K + b; dL/dx = dy Kᵀ, dL/dK = xᵀ dy, dL/db = Σ dy over all examples. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct { int rows, columns; char shape[80]; double *data; } Array; /* all axes but the last are rows */

/* The array of this name in a group, behind whose name it stands; strtod reads hexadecimal floats too. No data if it is not there. */
static Array find(const char *line, const char *group, const char *name) {
    Array a = {1, 1, "", NULL};
    char *at = strstr(strstr(line, group), name), *next;
    if (!at) return a;
    sscanf(at = strstr(at, "\"shape\":[") + 9, "%79[^]]", a.shape);
    for (a.columns = strtol(at, &next, 10); *next == ','; a.columns = strtol(next + 1, &next, 10)) a.rows *= a.columns;
    a.data = malloc(sizeof(double) * a.rows * a.columns);
    next = strstr(next, "\"data\":[") + 7;
    for (int i = 0; i < a.rows * a.columns; i++) a.data[i] = strtod(next + 1, &next);
    return a;
}

static void print(const char *name, Array like, const double *data) {
    printf("\"%s\":{\"shape\":[%s],\"data\":[", name, like.shape);
    for (int i = 0; i < like.rows * like.columns; i++) printf("%s%.17g", i ? "," : "", data[i]);
    printf("]}");
}

int main(void) {
    char *line = NULL, id[200];
    for (size_t room = 0; getline(&line, &room, stdin) > 0; fflush(stdout)) {
        sscanf(strstr(line, "\"id\":\"") + 6, "%199[^\"]", id);
        if (strstr(line, "\"bias\":\"kernel")) {
            printf("{\"id\":\"%s\",\"unsupported\":\"no bias as a row of the kernel\"}\n", id);
            continue;
        }
        Array K = find(line, "\"params\"", "\"kernel\""), b = find(line, "\"params\"", "\"bias\":{"),
              x = find(line, "\"inputs\"", "\"x\""), dy = find(line, "\"cotangents\"", "\"y\"");
        int in = K.rows, out = K.columns;
        double *y = calloc(x.rows * out, 8), *dx = calloc(x.rows * in, 8), *dK = calloc(in * out, 8), *db = calloc(out, 8);
        for (int e = 0; e < x.rows; e++) for (int o = 0; o < out; o++) {
            y[e * out + o] += b.data ? b.data[o] : 0;
            db[o] += dy.data[e * out + o];
            for (int i = 0; i < in; i++) {
                y[e * out + o] += x.data[e * in + i] * K.data[i * out + o];
                dx[e * in + i] += dy.data[e * out + o] * K.data[i * out + o];
                dK[i * out + o] += x.data[e * in + i] * dy.data[e * out + o];
            }
        }
        printf("{\"id\":\"%s\",\"outputs\":{", id); print("y", dy, y);
        printf("},\"grads\":{"); print("x", x, dx); printf(","); print("kernel", K, dK);
        if (b.data) { printf(","); print("bias", b, db); }
        printf("}}\n");
        free(K.data); free(b.data); free(x.data); free(dy.data); free(y); free(dx); free(dK); free(db);
    }
}
