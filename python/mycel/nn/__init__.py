"""Layers and the base class of models.

Example:
    >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
    >>> model(mc.zeros(3, 4)).shape
    (3, 2)
"""

from mycel.nn import functional, init
from mycel.nn.activation import ReLU
from mycel.nn.container import ModuleList, ParameterList, Sequential
from mycel.nn.conv import Conv2d
from mycel.nn.dropout import Dropout
from mycel.nn.flatten import Flatten
from mycel.nn.linear import Linear
from mycel.nn.module import Module
from mycel.nn.normalization import BatchNorm2d, LayerNorm
from mycel.nn.parameter import Parameter
from mycel.nn.pooling import AvgPool2d, MaxPool2d
from mycel.nn.sparse import Embedding

__all__ = [
    "AvgPool2d",
    "BatchNorm2d",
    "Conv2d",
    "Dropout",
    "Embedding",
    "Flatten",
    "LayerNorm",
    "Linear",
    "MaxPool2d",
    "Module",
    "ModuleList",
    "Parameter",
    "ParameterList",
    "ReLU",
    "Sequential",
    "functional",
    "init",
]
