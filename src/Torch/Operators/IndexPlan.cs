using static TorchSharp.torch;

namespace Tda.Torch.Native;

/// <summary>
/// An index expression split as PyTorch does it: numbers, slices and new axes make a view; masks and index tensors, which
/// keep their place among the view's dimensions, are then gathered or scattered at once.
/// </summary>
internal sealed class IndexPlan : IDisposable
{
    private readonly Tensor _self;
    private readonly List<Tensor?> _indices = [];
    private readonly List<Tensor> _temporaries = [];
    private Tensor _view;

    internal IndexPlan(Tensor self, TensorIndex[] expression)
    {
        _self = _view = self;
        var dimension = 0L;
        var ellipsis = self.dim() - expression.Sum(Consumed);
        if (ellipsis < 0)
            throw new ArgumentException($"{expression.Sum(Consumed)} indices for a tensor of {self.dim()} dimensions.");
        foreach (var index in expression)
            dimension = Apply(index, dimension, ellipsis);
    }

    /// <summary>The indexed elements: a view if no tensor indexed.</summary>
    internal Tensor Read()
    {
        if (_indices.Count > 0)
            return Aten.IndexTensor.Call(_view, Value.Optionals([.. _indices]));
        if (ReferenceEquals(_view, _self))
            return _self.alias();
        _temporaries.RemoveAt(_temporaries.Count - 1); // The last view is the result, no longer a temporary.
        return _view;
    }

    internal void Write(Tensor value)
    {
        if (_indices.Count == 0)
        {
            _view.copy_(value);
            return;
        }
        using var converted = value.to(_view.dtype, _view.device);
        Aten.IndexPutInPlace.CallInPlace(_view, _view, Value.Optionals([.. _indices]), converted);
    }

    public void Dispose()
    {
        foreach (var tensor in _temporaries)
            tensor.Dispose();
    }

    /// <summary>How many dimensions of the tensor an index uses up.</summary>
    private static long Consumed(TensorIndex index) => index.IndexKind switch
    {
        TensorIndex.Kind.Single or TensorIndex.Kind.Slice => 1,
        TensorIndex.Kind.Tensor => index.Indices!.dtype == ScalarType.Bool ? index.Indices.dim() : 1,
        _ => 0,
    };

    private long Apply(TensorIndex index, long dimension, long ellipsis)
    {
        switch (index.IndexKind)
        {
            case TensorIndex.Kind.Single:
                View(Aten.SelectInt.Call(_view, dimension, index.First ?? 0));
                return dimension;
            case TensorIndex.Kind.Slice:
                if (index.First is not null || index.Stop is not null || index.Step is not null)
                    View(Aten.SliceTensor.Call(_view, dimension, index.First, index.Stop, index.Step ?? 1));
                return dimension + 1;
            case TensorIndex.Kind.Ellipsis:
                return dimension + ellipsis;
            case TensorIndex.Kind.None:
            case TensorIndex.Kind.Null:
                View(Aten.Unsqueeze.Call(_view, dimension));
                return dimension + 1;
            case TensorIndex.Kind.Bool:
                View(Aten.Unsqueeze.Call(_view, dimension));
                return Gather(dimension, Temporary(full([1], index.First != 0, ScalarType.Bool, _self.device)));
            default:
                return GatherAt(dimension, index.Indices!);
        }
    }

    private long GatherAt(long dimension, Tensor indices)
    {
        // A mask over several dimensions becomes one index tensor for each: the dispatcher would shift what follows it.
        if (indices.dtype != ScalarType.Bool || indices.dim() == 1)
            return Gather(dimension, indices);
        foreach (var positions in Aten.NonzeroNumpy.CallList(indices))
            dimension = Gather(dimension, Temporary(positions));
        return dimension;
    }

    private long Gather(long dimension, Tensor indices)
    {
        while (_indices.Count < dimension)
            _indices.Add(null);
        _indices.Add(indices);
        return dimension + 1;
    }

    private void View(Tensor next) => _view = Temporary(next);

    private Tensor Temporary(Tensor tensor)
    {
        _temporaries.Add(tensor);
        return tensor;
    }
}
