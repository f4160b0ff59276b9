"""State of modules and parameters that a compiled function reached through other modules."""

import functools
import itertools
import operator

import mycel as mc
from mycel import nn
from state_programs import Programs

program = Programs()


class Block(nn.Module):
    def __init__(self, factor):
        self.config, self.table = {"factor": factor, "unread": 0}, [factor]


class Net(nn.Module):
    """Blocks in a list, in lists of lists, in a sequence and as an attribute."""

    def __init__(self, read):
        self.read = read
        self.blocks = nn.ModuleList([Block(2.0), Block(3.0)])
        self.rows = nn.ModuleList([nn.ModuleList([Block(2.0)]), nn.ModuleList([Block(3.0)])])
        self.sequence = nn.Sequential(nn.Dropout(0.0), Block(5.0))
        self.layer0 = Block(1.0)

    def forward(self, x):
        return x * self.read(self)


def of_blocks(read):
    """The program whose function reads the factors of both blocks of the list."""

    def steps():
        net = Net(read)
        yield net
        yield 6, 1
        net.blocks[0].config["unread"] += 1
        net.layer0.config["factor"] = 7.0
        yield 6, 1
        net.blocks[1].config["factor"] = 4.0
        yield 8, 2

    steps.__name__ = read.__name__
    return program(steps)


def of_tables(read, first):
    """The program whose function reads all tables; their changes."""

    def steps():
        net = Net(read)
        yield net
        yield first, 1
        net.rows[1][0].table[0] += 1
        yield first + 1, 2
        net.sequence[1].table[0] += 1
        yield first + 2, 3

    steps.__name__ = read.__name__
    return program(steps)


# --- lists of modules --------------------------------------------------------------------------


@of_blocks
def iteration(net):
    factor = 1.0
    for block in net.blocks:
        factor *= block.config["factor"]
    return factor


@of_blocks
def position_in_a_variable(net):
    factor = 1.0
    for i in range(len(net.blocks)):
        factor *= net.blocks[i].config["factor"]
    return factor


@of_blocks
def slices(net):
    return net.blocks[:1][0].config["factor"] * net.blocks[1:][0].config["factor"]


@of_blocks
def functions_of_iterators(net):
    last = next(reversed(net.blocks))
    for (_, block), other in zip(enumerate(net.blocks), net.blocks, strict=True):
        if block is not last:
            return block.config["factor"] * last.config["factor"] * (other is block)
    return 0


@of_blocks
def unpacking(net):
    first, *rest = [*net.blocks]
    return first.config["factor"] * rest[0].config["factor"]


@of_blocks
def generator(net):
    def blocks():
        yield from net.blocks

    return functools.reduce(operator.mul, (block.config["factor"] for block in blocks()))


@of_blocks
def getters(net):
    configs = map(operator.attrgetter("config"), net.blocks)
    return functools.reduce(operator.mul, map(operator.itemgetter("factor"), configs))


@of_blocks
def local_container(net):
    blocks = {}
    for i, block in enumerate(net.blocks):
        blocks[f"block{i}"] = block
    return functools.reduce(operator.mul, [each.config["factor"] for each in blocks.values()])


@of_blocks
def argument_of_another_function(net):
    def factor_at(blocks, position):
        return blocks[position].config["factor"]

    return factor_at(net.blocks, 0) * factor_at(net.blocks, -1)


@program
def one_position():
    net = Net(lambda net: net.blocks[0].config["factor"] * net.rows[-1][0].table[0])
    yield net
    yield 6, 1
    net.blocks[1].config["factor"] = net.rows[0][0].table[0] = 9.0
    yield 6, 1
    net.blocks[0].config["factor"] = 1.0
    yield 3, 2
    net.rows[1][0].table[0] = 4.0
    yield 4, 3
    net.blocks[0] = Block(3.0)
    yield 12, 4
    net.blocks[0].config["factor"] = 2.0
    yield 8, 5


# --- walks over modules ------------------------------------------------------------------------


def all_modules(net):
    return sum(each.table[0] for each in net.modules() if isinstance(each, Block))


def all_named_modules(net):
    tables = 0.0
    for path, module in net.named_modules():
        if path and isinstance(module, Block):
            tables += module.table[0]
    return tables


def module_by_path(net):
    modules = dict(net.named_modules())
    return modules["rows.1.0"].table[0] + modules["sequence.1"].table[0]


def children_of_children(net):
    def total(module):
        own = module.table[0] if hasattr(module, "table") else 0.0
        return own + sum(total(each) for each in module.children())

    return total(net)


def applied_function(net):
    tables = []
    net.apply(lambda module: tables.append(getattr(module, "table", [0.0])[0]))
    return sum(tables)


def chained(net):
    return sum(each.table[0] for each in itertools.chain(net.rows[1], net.sequence[1:].children()))


of_tables(all_modules, 16.0)
of_tables(all_named_modules, 16.0)
of_tables(module_by_path, 8.0)
of_tables(children_of_children, 16.0)
of_tables(applied_function, 16.0)
of_tables(chained, 8.0)


@program
def attribute_that_is_added_to_a_module_of_the_package():
    net = Net(lambda net: sum(m.scale["k"] for m in net.modules() if hasattr(m, "scale")) + 1)
    yield net
    yield 1, 1
    net.sequence[0].scale = {"k": 2.0}
    yield 3, 2
    net.sequence[0].scale["k"] = 3.0
    yield 4, 3


@program
def attributes_of_a_module_as_a_dict():
    net = Net(lambda net: vars(net)["layer0"].table[0] + net.__dict__["layer0"].config["factor"])
    yield net
    yield 2, 1
    net.layer0.table[0] = 2.0
    yield 3, 2
    net.layer0.config["factor"] = 2.0
    yield 4, 3


@program
def attributes_of_a_module_as_python_keeps_them():
    def read(net):
        layer = object.__getattribute__(net, "layer0")
        return layer.table[0] * object.__getattribute__(layer, "scale")

    net = Net(read)
    net.layer0.scale = 2.0
    yield net
    yield 2, 1
    net.layer0.table[0] = 2.0
    yield 4, 2
    net.layer0.scale = 3.0
    yield 6, 3


@program
def property_of_a_module_in_a_walk():
    class Scaled(nn.Module):
        def __init__(self):
            self.options = {"scale": 2.0}

        @property
        def scale(self):
            return self.options["scale"]

    net = nn.Sequential(nn.Flatten(), Scaled())

    def f(x):
        for module in net.children():
            if isinstance(module, Scaled):
                x = x * module.scale
        return x

    yield f
    yield 2, 1
    net[1].options["scale"] = 3.0
    yield 3, 2


# --- parameters --------------------------------------------------------------------------------


def marked_layers():
    layers = nn.Sequential(nn.Linear(1, 1), nn.Linear(1, 1))
    for each in layers.parameters():
        each.options, each.rate = {"decay": 1.0, "unread": 0}, 1.0
    return layers


@program
def attributes_of_parameters():
    layers = marked_layers()

    def f(x):
        for _, each in layers.named_parameters():
            x = x * each.options["decay"] * each.rate
        return x

    yield f
    yield 1, 1
    layers[0].weight.options["unread"] = 1
    yield 1, 1
    layers[1].bias.options["decay"] = 2.0
    yield 2, 2
    layers[0].weight.rate = 3.0
    yield 6, 3


@program
def attribute_that_parameters_lack():
    layers = marked_layers()
    yield lambda x: x * sum(getattr(p, "frozen", 0) for p in list(layers.parameters())[::-1])
    yield 0, 1
    layers[1].weight.frozen = 1
    yield 1, 2


@program
def attributes_of_a_list_of_parameters():
    weights = nn.ParameterList([mc.ones(1), mc.ones(1)])
    for each in weights:
        each.options = {"decay": 1.0}

    def f(x):
        return x * weights[0].options["decay"]

    yield f
    yield 1, 1
    weights[1].options["decay"] = 2.0
    yield 1, 1
    weights[0].options["decay"] = 3.0
    yield 3, 2


test_a_change_of_state_is_seen = program.test()
