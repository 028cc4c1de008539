from setuptools import Extension, setup

setup(ext_modules=[Extension("intervene_crowd", ["intervene_crowd.c"], optional=True)], py_modules=[])
