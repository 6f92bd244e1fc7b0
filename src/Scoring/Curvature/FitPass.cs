namespace Tda.Scoring.Curvature;

/// <summary>The sums of one pass of <see cref="EkfacFitter"/>, batch by batch. Its size doesn't depend on the number of batches.</summary>
/// <param name="model">The model.</param>
/// <param name="options">How factors are fitted.</param>
internal sealed class FitPass(ICaptureModel model, EkfacOptions options) : IDisposable
{
    private readonly Dictionary<string, PassSum> _sums = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _shared = new(StringComparer.Ordinal);

    /// <summary>The sums of <see cref="FactorShapes.Sums"/> over tokens that carry loss.</summary>
    public void AddCovariances(CapturedBatch batch)
    {
        for (var first = 0; first < model.Modules.Count;)
        {
            var count = Sharing(batch, first);
            if (batch.Layers[first].Activations is { } a)
            {
                AddGram(model.Modules[first].Name + ".activation", a, batch);
            }

            for (var m = first; m < first + count; m++)
            {
                _shared[model.Modules[m].Name + ".activation"] = model.Modules[first].Name + ".activation";
                AddOutputs(batch.Layers[m], batch);
            }
            first += count;
        }
    }

    /// <summary>Sums over rows of <c>(Q_Sᵀ G Q_A)²</c>, <c>G = Σ_t s_t a_tᵀ</c>.</summary>
    public void AddEigenvalues(CapturedBatch batch, KroneckerBasis basis, long chunkElements)
    {
        for (var first = 0; first < model.Modules.Count;)
        {
            var count = Sharing(batch, first, basis);
            if (batch.Layers[first].Tokens is not null)
            {
                AddVocabulary(batch, first, basis.Vectors[first], chunkElements);
                first += count;
                continue;
            }

            // Q_Sᵀ Σ_t s_t (Q_Aᵀ a_t)ᵀ = Σ_t (Q_Sᵀ s_t)(Q_Aᵀ a_t)ᵀ: rotated once a row or once a token, whichever is less.
            var activations = batch.Layers[first].Activations!;
            var activationByRow = model.Modules.Skip(first).Take(count).Sum(m => (long)m.Outputs) < activations.shape[1];
            activations = activationByRow ? activations : activations.matmul(basis.Vectors[first].Activation);
            for (var m = first; m < first + count; m++)
            {
                var (qa, qs) = basis.Vectors[m];
                Sum(model.Modules[m].Name + ".lambda", model.Modules[m].Outputs, model.Modules[m].Columns)
                    .Add(sum => AddSquares(sum, activations, activationByRow ? qa : null, batch.Layers[m].OutputGradients!, qs, chunkElements));
            }
            first += count;
        }
    }

    /// <summary>What <see cref="AddCovariances"/> added up.</summary>
    public CurvatureSums Covariances(long tokens)
    {
        using var scope = NewDisposeScope();
        var result = new CurvatureSums { Tokens = tokens };
        foreach (var (name, sum) in _sums)
        {
            var total = sum.Total();
            var whole = total.dim() == 1 ? total : Gram.Mirror(total);
            foreach (var same in _shared.Where(s => s.Value == name).Select(s => s.Key).DefaultIfEmpty(name))
            {
                result.Add(same, whole);
            }
        }
        return result;
    }

    /// <summary>What <see cref="AddEigenvalues"/> added up.</summary>
    public CurvatureSums Eigenvalues(long sequences)
    {
        var result = new CurvatureSums { Sequences = sequences };
        foreach (var (name, sum) in _sums)
        {
            result.Add(name, sum.Total());
        }

        return result;
    }

    /// <inheritdoc/>
    public void Dispose() => _sums.Values.DisposeAll();

    // Modules from the given one on that have one input, and one basis of it.
    private int Sharing(CapturedBatch batch, int first, KroneckerBasis? basis = null)
    {
        var m = first + 1;
        while (m < model.Modules.Count && batch.Layers[m].Activations is { } a && ReferenceEquals(a, batch.Layers[first].Activations)
            && (basis is null || ReferenceEquals(basis.Vectors[m].Activation, basis.Vectors[first].Activation)))
        {
            m++;
        }

        return m - first;
    }

    private void AddOutputs(CapturedLayer layer, CapturedBatch batch)
    {
        var name = layer.Shape.Name;
        if (layer.OutputGradients is { } s && !options.IsDiagonal(layer.Shape))
        {
            AddGram(name + ".gradient", s, batch);
        }
        else if (layer.OutputGradients is { } wide)
        {
            Sum(name + ".gradient", wide.shape[2]).Add(sum => sum.add_(Counted(wide, batch).square().sum([0L, 1L])));
        }

        if (layer.Tokens is { } tokens)
        {
            // Rows that aren't finite have no gradient, and their tokens don't count.
            using var finite = tensor(batch.Finite.Select(f => f ? 1f : 0).ToArray(), [batch.Finite.Count, 1], device: model.Device).to_type(model.DType);
            AddGram(name + ".embedded", layer.TokenGradients!, batch);
            Sum(name + ".tokens", layer.Shape.Outputs).Add(sum => sum.index_add_(0, tokens.flatten(), batch.LossMask.mul(finite).flatten(), 1));
        }
    }

    private void AddGram(string name, Tensor x, CapturedBatch batch) => Sum(name, x.shape[2], x.shape[2])
        .Add(sum => Gram.AddUpper(sum, Counted(x, batch).reshape(-1, x.shape[2])));

    private static Tensor Counted(Tensor x, CapturedBatch batch) => batch.HasUncountedPositions ? x.mul(batch.LossMask.unsqueeze(-1)) : x;

    // Of an embedding alone, only the rows of tokens that a sequence has are other than zero, and they are not turned.
    private void AddVocabulary(CapturedBatch batch, int m, (Tensor Activation, Tensor? Gradient) basis, long chunkElements)
    {
        using var scope = NewDisposeScope();
        var layer = batch.Layers[m].Rotated(basis.Activation);
        var total = Sum(layer.Shape.Name + ".lambda", layer.Shape.Outputs, layer.Shape.Columns);
        if (layer.OutputGradients is null)
        {
            var (pairs, tokens) = TokensByRow(layer.Tokens!);
            var sums = zeros([tokens.shape[0], layer.Shape.Columns], model.DType, model.Device)
                .index_add_(0, pairs, layer.TokenGradients!.flatten(0, 1), 1);
            total.Add(sum => sum.index_add_(0, tokens, sums.mul_(sums), 1));
            return;
        }

        total.Add(sum => layer.ForChunks(chunkElements, (_, g) =>
        {
            g = basis.Gradient is { } qs ? qs.transpose(0, 1).matmul(g) : g;
            sum.add_(g.mul_(g).sum([0L]));
        }));
    }

    // Every token that a row has, once: for each position which of them it is, (B · T); and what tokens they are.
    private static (Tensor Pairs, Tensor Tokens) TokensByRow(Tensor ids)
    {
        var (time, flat) = (ids.shape[1], ids.cpu().contiguous().data<long>().ToArray());
        var seen = new Dictionary<(long Row, long Token), long>();
        long[] pairs = [.. flat.Select((token, i) => seen.TryGetValue((i / time, token), out var at) ? at : seen[(i / time, token)] = seen.Count)];
        long[] tokens = [.. seen.Keys.Select(key => key.Token)]; // a dictionary that nothing is taken from keeps its order
        return (tensor(pairs, [pairs.Length], device: ids.device), tensor(tokens, [tokens.Length], device: ids.device));
    }

    private static void AddSquares(Tensor sum, Tensor a, Tensor? qa, Tensor s, Tensor? qs, long chunkElements)
    {
        using var scope = NewDisposeScope();
        var time = a.shape[1];
        var gradientByRow = a.shape[2] < time;
        if (!gradientByRow && qs is not null)
        {
            s = s.matmul(qs);
        }

        if (time == 1)
        {
            // One token a row: (s aᵀ)² = s² (a²)ᵀ, a sum of outer products, and no row's gradient need be formed.
            var (s2, a2) = (s.squeeze(1).square(), a.squeeze(1).square());
            sum.addmm_(s2.transpose(0, 1), a2);
            return;
        }
        PerExample.ForChunks(s, a, chunkElements, (_, g) =>
        {
            if (gradientByRow && qs is not null)
            {
                g = qs.transpose(0, 1).matmul(g);
            }

            if (qa is not null)
            {
                g = g.matmul(qa);
            }

            if (g.shape[0] == 1)
            {
                sum.addcmul_(g.select(0, 0), g.select(0, 0), 1);
            }
            else
            {
                sum.add_(g.mul_(g).sum([0L]));
            }
        });
    }

    private PassSum Sum(string name, params long[] shape) =>
        _sums.TryGetValue(name, out var sum) ? sum : _sums[name] = new PassSum(shape, model.DType, model.Device);
}

/// <summary>
/// One float64 sum of a pass over batches. Addends go into a matrix of the model's own type, which is emptied into the float64 one every
/// few batches: converting and adding a wide matrix reads and writes it several times, as dear as a good part of the product it holds.
/// </summary>
internal sealed class PassSum(long[] shape, ScalarType dtype, Device device) : IDisposable
{
    // So few that rounding stays that of the products themselves, sums of some thousand addends each.
    private const int Additions = 16;

    private readonly Tensor _part = zeros(shape, dtype: dtype, device: device).DetachFromDisposeScope();
    private readonly Tensor _total = zeros(shape, dtype: ScalarType.Float64, device: device).DetachFromDisposeScope();
    private int _pending;

    /// <summary>Lets a batch add itself in place.</summary>
    public void Add(Action<Tensor> addTo)
    {
        addTo(_part);
        if (++_pending == Additions)
        {
            Empty();
        }
    }

    /// <summary>The sum so far, float64; still owned by this.</summary>
    public Tensor Total()
    {
        if (_pending > 0)
        {
            Empty();
        }

        return _total;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _part.Dispose();
        _total.Dispose();
    }

    private void Empty()
    {
        using var scope = NewDisposeScope();
        _total.add_(_part.to_type(ScalarType.Float64));
        _part.zero_();
        _pending = 0;
    }
}

/// <summary>
/// <c>Σ x xᵀ</c> at little more than half of the product's cost: it is symmetric, so only blocks on and right of the diagonal are computed,
/// a block row at a time, and the rest is mirrored once at the end.
/// </summary>
internal static class Gram
{
    // Rows of a block. Narrower ones leave less to compute in vain, but the right-hand side is packed anew for each.
    private const long Block = 64;

    /// <summary>Adds <c>Xᵀ X</c> of (n, width) to the block upper triangle of a (width, width) sum.</summary>
    public static void AddUpper(Tensor sum, Tensor x)
    {
        using var scope = NewDisposeScope();
        var width = x.shape[1];
        for (long first = 0; first < width; first += Block)
        {
            var (height, rest) = (Math.Min(Block, width - first), width - first);
            sum.narrow(0, first, height).narrow(1, first, rest)
                .addmm_(x.narrow(1, first, height).transpose(0, 1), x.narrow(1, first, rest));
        }
    }

    /// <summary>The symmetric matrix of which the upper triangle is given, in the caller's dispose scope.</summary>
    public static Tensor Mirror(Tensor upper)
    {
        using var scope = NewDisposeScope();
        return upper.triu(0).add(upper.triu(1).transpose(0, 1)).MoveToOuterDisposeScope();
    }
}
