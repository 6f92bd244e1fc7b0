namespace Tda.Scoring.Methods.Measured;

/// <summary>
/// Datamodels by LASSO, as published (Ilyas et al. 2022, 2202.00622, §2.2): <c>min (1/2M) Σ_S (loss_S − b − Σ_{m∈S} w_m)² + α‖w‖₁</c>, by
/// cyclic coordinate descent with warm starts down a path of α (Friedman, Hastie and Tibshirani 2010). α minimises the corrected Akaike
/// criterion <c>M ln(RSS/M) + 2·df·M/(M − df − 1)</c>, df the number of documents chosen (Zou, Hastie and Tibshirani 2007): no fold is
/// drawn, so the order of subsets doesn't matter.
/// </summary>
public sealed class LassoDatamodel
{
    private const int PathLength = 25;
    private const double PathEnd = .02; // of the α above which nothing is chosen
    private const double Tolerance = 1e-9; // of the measured losses' deviation
    private const int MostSweeps = 10_000;

    private readonly double[][] _columns; // centred inclusions of a document, or sums over a group, [columns][M]
    private readonly double[] _squares; // mean square of each
    private readonly int[]? _groups;

    /// <summary>Takes the subsets, for any number of queries.</summary>
    /// <param name="kept">Which documents each subset keeps, [M][N].</param>
    /// <param name="groups">Per document its group, from 0: each group then has one effect; null: each document has its own.</param>
    public LassoDatamodel(IReadOnlyList<bool[]> kept, int[]? groups = null)
    {
        _groups = groups;
        var (subsets, documents) = (kept.Count, kept[0].Length);
        _columns = [.. Enumerable.Range(0, groups is null ? documents : groups.Max() + 1).Select(_ => new double[subsets])];
        for (var m = 0; m < subsets; m++)
        {
            for (var d = 0; d < documents; d++)
            {
                _columns[groups is null ? d : groups[d]][m] += kept[m][d] ? 1 : 0;
            }
        }

        foreach (var column in _columns)
        {
            var mean = column.Average();
            for (var m = 0; m < subsets; m++)
            {
                column[m] -= mean;
            }
        }
        _squares = [.. _columns.Select(c => c.Average(x => x * x))];
    }

    /// <summary>The scores −w of all documents, in nats a document; how many columns have an effect; α. No effect at all is a possible answer.</summary>
    /// <param name="losses">Measured loss in every subset, in nats, (M).</param>
    public (double[] Scores, int Support, double Penalty) Fit(double[] losses)
    {
        var subsets = losses.Length;
        var mean = losses.Average();
        double[] residual = [.. losses.Select(y => y - mean)];
        var scale = Math.Sqrt(residual.Average(r => r * r));
        var effects = new double[_columns.Length];
        var highest = _columns.Max(c => Math.Abs(Product(c, residual)));
        var (best, chosen, penalty) = (double.PositiveInfinity, effects.ToArray(), highest);
        for (var i = 0; i < PathLength && highest > 0; i++)
        {
            var candidate = highest * Math.Pow(PathEnd, i / (PathLength - 1.0));
            Descend(effects, residual, candidate, scale);
            var freedom = effects.Count(e => e != 0);
            if (freedom > subsets - 3)
            {
                break;
            }

            var rss = Math.Max(residual.Sum(r => r * r), 1e-20 * scale * scale);
            var criterion = subsets * Math.Log(rss / subsets) + 2.0 * freedom * subsets / (subsets - freedom - 1);
            if (criterion < best)
            {
                (best, chosen, penalty) = (criterion, effects.ToArray(), candidate);
            }
        }
        return (Scores(chosen), chosen.Count(e => e != 0), penalty);
    }

    /// <summary>The same with a penalty that is given.</summary>
    public double[] Fit(double[] losses, double penalty)
    {
        var mean = losses.Average();
        double[] residual = [.. losses.Select(y => y - mean)];
        var effects = new double[_columns.Length];
        Descend(effects, residual, penalty, Math.Sqrt(residual.Average(r => r * r)));
        return Scores(effects);
    }

    // One coordinate after the other, those with an effect until they rest, then all once more: until that changes nothing.
    private void Descend(double[] effects, double[] residual, double penalty, double scale)
    {
        for (var sweep = 0; sweep < MostSweeps; sweep++)
        {
            var moved = Sweep(effects, residual, penalty, all: true);
            while (moved > Tolerance * scale && sweep++ < MostSweeps)
            {
                moved = Sweep(effects, residual, penalty, all: false);
            }

            if (Sweep(effects, residual, penalty, all: true) <= Tolerance * scale)
            {
                return;
            }
        }
    }

    // Returns the largest change of a prediction.
    private double Sweep(double[] effects, double[] residual, double penalty, bool all)
    {
        var largest = 0.0;
        for (var c = 0; c < effects.Length; c++)
        {
            if (_squares[c] == 0 || (!all && effects[c] == 0))
            {
                continue;
            }

            var pull = Product(_columns[c], residual) + _squares[c] * effects[c];
            var moved = Math.CopySign(Math.Max(0, Math.Abs(pull) - penalty), pull) / _squares[c];
            var change = moved - effects[c];
            if (change != 0)
            {
                effects[c] = moved;
                for (var m = 0; m < residual.Length; m++)
                {
                    residual[m] -= change * _columns[c][m];
                }

                largest = Math.Max(largest, Math.Abs(change) * Math.Sqrt(_squares[c]));
            }
        }
        return largest;
    }

    private static double Product(double[] column, double[] residual) => SmallMatrix.Dot(column, residual) / column.Length;

    private double[] Scores(double[] effects) => _groups is null ? [.. effects.Select(e => -e)] : [.. _groups.Select(g => -effects[g])];
}
