// One message to many sockets: a loop of send(), without the interpreter between two of them.
#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <sys/socket.h>

static PyObject *descriptor; // the name of the attribute

static int descriptors(PyObject *sockets, Py_ssize_t count, int *found) {
    for (Py_ssize_t at = 0; at < count; at++) {
        PyObject *number = PyObject_GetAttr(PyTuple_GET_ITEM(sockets, at), descriptor);
        if (!number) return -1;
        long value = PyLong_AsLong(number);
        Py_DECREF(number);
        if (value == -1 && PyErr_Occurred()) return -1;
        found[at] = (int)value;
    }
    return 0;
}

// What a socket has not taken whole: its place, and the bytes that it took, or -1 where only its transport may write.
static PyObject *rests(Py_ssize_t count, Py_ssize_t size, const int *to, const Py_ssize_t *sent) {
    PyObject *found = PyList_New(0);
    for (Py_ssize_t at = 0; found && at < count; at++) {
        if (sent[at] == size) continue;
        PyObject *rest = Py_BuildValue("(nn)", at, to[at] < 0 ? (Py_ssize_t)-1 : sent[at] < 0 ? 0 : sent[at]);
        if (!rest || PyList_Append(found, rest)) Py_CLEAR(found);
        Py_XDECREF(rest);
    }
    return found;
}

static PyObject *send_each(PyObject *module, PyObject *args) {
    PyObject *sockets, *found = NULL;
    Py_buffer data;
    (void)module;
    if (!PyArg_ParseTuple(args, "O!y*", &PyTuple_Type, &sockets, &data)) return NULL;
    Py_ssize_t count = PyTuple_GET_SIZE(sockets);
    int *to = PyMem_Calloc(count + 1, sizeof *to);
    Py_ssize_t *sent = PyMem_Calloc(count + 1, sizeof *sent);
    if (!to || !sent) {
        PyErr_NoMemory();
    } else if (!descriptors(sockets, count, to)) {
        Py_BEGIN_ALLOW_THREADS
        // An error is found again by who writes the rest.
        for (Py_ssize_t at = 0; at < count; at++)
            sent[at] = to[at] < 0 ? -1 : send(to[at], data.buf, (size_t)data.len, MSG_DONTWAIT | MSG_NOSIGNAL);
        Py_END_ALLOW_THREADS
        found = rests(count, data.len, to, sent);
    }
    PyMem_Free(to);
    PyMem_Free(sent);
    PyBuffer_Release(&data);
    return found;
}

static PyMethodDef methods[] = {
    {"send_each", send_each, METH_VARARGS,
     "send_each(sockets, data): send `data` to the descriptor `_fd` of each in the tuple `sockets`, without waiting.\n\n"
     "Returns a list of those that did not take it whole: (place, bytes taken), -1 where that is less than 0."},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "intervene_crowd", NULL, -1, methods, NULL, NULL, NULL, NULL};

PyMODINIT_FUNC PyInit_intervene_crowd(void) {
    descriptor = PyUnicode_InternFromString("_fd");
    return descriptor ? PyModule_Create(&module) : NULL;
}
