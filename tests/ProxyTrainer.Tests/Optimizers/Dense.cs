namespace Tda.ProxyTrainer.Tests.Optimizers;

/// <summary>A matrix of doubles with the textbook's algorithms, one number at a time: what the optimisers are held against.</summary>
internal sealed class Dense(int rows, int columns)
{
    private readonly double[,] _values = new double[rows, columns];

    public int Rows => rows;

    public int Columns => columns;

    public double this[int row, int column]
    {
        get => _values[row, column];
        set => _values[row, column] = value;
    }

    public static Dense Identity(int size) => Of(size, size, (i, j) => i == j ? 1 : 0);

    public static Dense Of(int rows, int columns, Func<int, int, double> value)
    {
        var result = new Dense(rows, columns);
        for (var i = 0; i < rows; i++)
        {
            for (var j = 0; j < columns; j++)
            {
                result[i, j] = value(i, j);
            }
        }

        return result;
    }

    public static Dense Diagonal(IReadOnlyList<double> values) => Of(values.Count, values.Count, (i, j) => i == j ? values[i] : 0);

    public Dense T() => Of(Columns, Rows, (i, j) => this[j, i]);

    public Dense Times(Dense other) => Of(Rows, other.Columns, (i, j) => Enumerable.Range(0, Columns).Sum(k => this[i, k] * other[k, j]));

    public Dense Times(double factor) => Of(Rows, Columns, (i, j) => factor * this[i, j]);

    public Dense Plus(Dense other) => Of(Rows, Columns, (i, j) => this[i, j] + other[i, j]);

    public double Trace() => Enumerable.Range(0, Rows).Sum(i => this[i, i]);

    public double Norm() => Math.Sqrt(Enumerable.Range(0, Rows).Sum(i => Enumerable.Range(0, Columns).Sum(j => this[i, j] * this[i, j])));

    /// <summary>By elimination with row pivots.</summary>
    public Dense Inverse()
    {
        var (a, inverse) = (Of(Rows, Rows, (i, j) => this[i, j]), Identity(Rows));
        for (var c = 0; c < Rows; c++)
        {
            var pivot = Enumerable.Range(c, Rows - c).MaxBy(r => Math.Abs(a[r, c]));
            foreach (var m in new[] { a, inverse })
            {
                for (var j = 0; j < Rows; j++)
                {
                    (m[c, j], m[pivot, j]) = (m[pivot, j], m[c, j]);
                }
            }

            var scale = a[c, c];
            foreach (var m in new[] { inverse, a })
            {
                for (var j = 0; j < Rows; j++)
                {
                    m[c, j] /= scale;
                }
            }

            for (var r = 0; r < Rows; r++)
            {
                var factor = r == c ? 0 : a[r, c];
                foreach (var m in new[] { inverse, a })
                {
                    for (var j = 0; j < Rows; j++)
                    {
                        m[r, j] -= factor * m[c, j];
                    }
                }
            }
        }

        return inverse;
    }

    /// <summary>Eigenvalues and eigenvectors (in columns) of a symmetric matrix, by Jacobi's rotations.</summary>
    public (double[] Values, Dense Vectors) Eigen()
    {
        var (a, v) = (Of(Rows, Rows, (i, j) => this[i, j]), Identity(Rows));
        for (var sweep = 0; sweep < 60; sweep++)
        {
            for (var p = 0; p < Rows; p++)
            {
                for (var q = p + 1; q < Rows; q++)
                {
                    if (a[p, q] == 0)
                    {
                        continue;
                    }

                    var angle = 0.5 * Math.Atan2(2 * a[p, q], a[q, q] - a[p, p]);
                    var turn = Identity(Rows);
                    (turn[p, p], turn[q, q], turn[p, q], turn[q, p]) = (Math.Cos(angle), Math.Cos(angle), Math.Sin(angle), -Math.Sin(angle));
                    (a, v) = (turn.T().Times(a).Times(turn), v.Times(turn));
                }
            }
        }

        return ([.. Enumerable.Range(0, Rows).Select(i => a[i, i])], v);
    }

    public Dense Power(double power, double added = 0)
    {
        var (values, vectors) = Eigen();
        return vectors.Times(Diagonal([.. values.Select(value => Math.Pow(Math.Max(0, value) + added, power))])).Times(vectors.T());
    }
}
