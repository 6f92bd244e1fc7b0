namespace Tda.Scoring.Methods.Measured;

/// <summary>
/// What M retrainings on subsets can tell of N documents: which were kept, seen along the directions in which the measured losses are
/// independent. With X (M × N) the inclusions, H = I − 11ᵀ/M (an intercept of any size is projected out) and C₀ the documents' prior
/// correlation, <c>H X C₀ Xᵀ H = G diag(λ) Gᵀ</c> with n = M − 1 directions G (M × n). Nothing is N × N: memory is n × N.
/// <para>C₀ = (1 − r) I + r ZZᵀ: the part r of a document's effect is its group's, shared by all members (Z has a one at each document's
/// group); without groups C₀ = I.</para>
/// </summary>
public sealed class InclusionDesign
{
    private readonly IReadOnlyList<bool[]> _kept;
    private readonly double[] _directions; // G, (M, n)
    private readonly int[]? _groups;
    private readonly double[] _share; // of the subsets that keep a document, (N)

    /// <summary>Takes the design apart, in O(N M² + M³).</summary>
    /// <param name="kept">Per subset: which documents its models were trained on, [M][N]; M at least 3.</param>
    /// <param name="groups">Per document the number of its group, from 0; null: none.</param>
    /// <param name="groupShare">r, 0 to 1: the part of a document's effect that it shares with its group. Only with groups.</param>
    public InclusionDesign(IReadOnlyList<bool[]> kept, int[]? groups = null, double groupShare = 0)
    {
        (_kept, _groups) = (kept, groups);
        (Subsets, Documents, GroupShare) = (kept.Count, kept[0].Length, groups is null ? 0 : groupShare);
        _share = new double[Documents];
        foreach (var subset in kept)
        {
            for (var d = 0; d < Documents; d++)
            {
                _share[d] += subset[d] ? 1.0 / Subsets : 0;
            }
        }

        using var scope = NewDisposeScope();
        var inclusion = tensor(kept.SelectMany(k => k.Select(x => x ? 1.0 : 0)).ToArray(), dtype: ScalarType.Float64).reshape(Subsets, Documents);
        var contrasts = Contrasts(Subsets);                                    // Q, (n, M): orthonormal, each sums to zero
        var contrasted = contrasts.mm(inclusion);                              // (n, N)
        var correlated = Correlate(contrasted);                                // Qᵀ X C₀
        var kernel = correlated.mm(contrasted.t());                            // (n, n)
        var (values, vectors) = linalg.eigh(kernel.add(kernel.t()).div(2));
        Values = [.. Numbers(values).Select(v => Math.Max(0, v))];
        Covariances = Numbers(vectors.t().mm(correlated));
        _directions = Numbers(contrasts.t().mm(vectors));
    }

    /// <summary>M.</summary>
    public int Subsets { get; }

    /// <summary>N.</summary>
    public int Documents { get; }

    /// <summary>n = M − 1 independent numbers that a query's measured losses hold beside their mean.</summary>
    public int Freedom => Subsets - 1;

    /// <summary>r.</summary>
    public double GroupShare { get; }

    /// <summary>λ, n of them, ascending: how much the documents' effects, of prior variance 1, move each direction.</summary>
    public IReadOnlyList<double> Values { get; }

    /// <summary>B = Gᵀ X C₀, row-major (n, N): prior covariance of each direction with each document's effect.</summary>
    internal double[] Covariances { get; }

    /// <summary>Documents that every subset keeps, or none: nothing measured tells of them.</summary>
    public IEnumerable<int> Constant => Enumerable.Range(0, Documents).Where(d => _kept.All(k => k[d] == _kept[0][d]));

    /// <summary>Measured losses (M) along the directions: Gᵀ y, n numbers that the intercept doesn't touch.</summary>
    public double[] Along(IReadOnlyList<double> measured)
    {
        var along = new double[Freedom];
        for (var m = 0; m < Subsets; m++)
        {
            for (var k = 0; k < along.Length; k++)
            {
                along[k] += _directions[m * along.Length + k] * measured[m];
            }
        }
        return along;
    }

    /// <summary>What effects of documents (N) predict along the directions: Gᵀ X w.</summary>
    public double[] AlongOf(IReadOnlyList<double> effects)
    {
        var predicted = new double[Subsets];
        for (var m = 0; m < Subsets; m++)
        {
            for (var d = 0; d < Documents; d++)
            {
                predicted[m] += _kept[m][d] ? effects[d] : 0;
            }
        }
        return Along(predicted);
    }

    /// <summary>Bᵀ v: what numbers along the directions (n) say of every document (N).</summary>
    public double[] OfDocuments(ReadOnlySpan<double> along)
    {
        var sums = new double[Documents];
        for (var k = 0; k < Freedom; k++)
        {
            var row = Covariances.AsSpan(k * Documents, Documents);
            for (var d = 0; d < sums.Length; d++)
            {
                sums[d] += along[k] * row[d];
            }
        }
        return sums;
    }

    /// <summary>G, a subset's row (n): how its measured loss stands along the directions.</summary>
    internal ReadOnlySpan<double> DirectionsOf(int subset) => _directions.AsSpan(subset * Freedom, Freedom);

    /// <summary>A subset, perhaps one not measured yet, less the mean of those measured (N).</summary>
    internal double[] Centred(bool[] kept) => [.. kept.Select((x, d) => (x ? 1 : 0) - _share[d])];

    /// <summary>C₀ x of documents' numbers (N).</summary>
    internal double[] Correlate(double[] x)
    {
        if (_groups is null)
        {
            return x;
        }

        var sums = new double[_groups.Max() + 1];
        for (var d = 0; d < x.Length; d++)
        {
            sums[_groups[d]] += x[d];
        }

        return [.. x.Select((own, d) => (1 - GroupShare) * own + GroupShare * sums[_groups[d]])];
    }

    /// <summary>B x, n numbers.</summary>
    internal double[] CovariancesWith(double[] x)
    {
        var sums = new double[Freedom];
        for (var k = 0; k < sums.Length; k++)
        {
            var row = Covariances.AsSpan(k * Documents, Documents);
            for (var d = 0; d < x.Length; d++)
            {
                sums[k] += row[d] * x[d];
            }
        }
        return sums;
    }

    private Tensor Correlate(Tensor rows)
    {
        if (_groups is null)
        {
            return rows;
        }

        var places = tensor(_groups.Select(g => (long)g).ToArray());
        var sums = zeros(rows.shape[0], _groups.Max() + 1, ScalarType.Float64).index_add(1, places, rows, 1);
        return rows.mul(1 - GroupShare).add(sums.index_select(1, places).mul(GroupShare));
    }

    // Helmert's contrasts: the k-th compares the mean of the first k numbers with the next.
    private static Tensor Contrasts(int count)
    {
        var values = new double[(count - 1) * count];
        for (var k = 1; k < count; k++)
        {
            var scale = 1 / Math.Sqrt(k * (k + 1.0));
            values.AsSpan((k - 1) * count, k).Fill(scale);
            values[(k - 1) * count + k] = -k * scale;
        }
        return tensor(values, dtype: ScalarType.Float64).reshape(count - 1, count);
    }

    private static double[] Numbers(Tensor values) => values.contiguous().data<double>().ToArray();
}
