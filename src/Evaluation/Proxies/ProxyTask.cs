namespace Tda.Evaluation.Proxies;

/// <summary>A classification task: N training examples, which play the documents, and Q inputs that the target is asked about.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Training">Features, [N][in].</param>
/// <param name="Labels">Classes of the training examples.</param>
/// <param name="Queries">Features, [Q][in].</param>
/// <param name="Classes">Number of classes.</param>
public sealed record ProxyTask(
    string Name, IReadOnlyList<float[]> Training, IReadOnlyList<int> Labels, IReadOnlyList<float[]> Queries, int Classes)
{
    /// <summary>Width of an input.</summary>
    public int Inputs => Training[0].Length;

    /// <summary>
    /// Classes with several modes each, around random centres, with a share of the training labels drawn anew: examples then help some
    /// queries and hurt others.
    /// </summary>
    /// <param name="training">N.</param>
    /// <param name="queries">Q.</param>
    /// <param name="inputs">Width of an input.</param>
    /// <param name="classes">Classes.</param>
    /// <param name="seed">Seed of all that is drawn.</param>
    /// <param name="noise">Deviation around a centre; centres have a deviation of 1 in each coordinate.</param>
    /// <param name="flipped">Share of labels drawn anew.</param>
    public static ProxyTask Synthetic(
        int training = 200, int queries = 60, int inputs = 16, int classes = 5, long seed = 0, double noise = 1, double flipped = .05)
    {
        const int modes = 3;
        var random = new SplitMix64(SplitMix64.SequenceSeed(seed, 0));
        var centres = Enumerable.Range(0, classes * modes).Select(_ => Normals(inputs, 1, ref random)).ToArray();
        var (x, y) = Draw(training, ref random);
        for (var i = 0; i < training; i++)
        {
            if (random.NextDouble() < flipped)
            {
                y[i] = random.NextInt(classes);
            }
        }
        return new ProxyTask("synthetic", x, y, Draw(queries, ref random).Inputs, classes);

        (float[][] Inputs, int[] Labels) Draw(int count, ref SplitMix64 random)
        {
            var (xs, ys) = (new float[count][], new int[count]);
            for (var i = 0; i < count; i++)
            {
                var centre = random.NextInt(centres.Length);
                ys[i] = centre % classes;
                xs[i] = Normals(inputs, noise, ref random);
                for (var j = 0; j < inputs; j++)
                {
                    xs[i][j] += centres[centre][j];
                }
            }
            return (xs, ys);
        }
    }

    /// <summary>N(0, scale²) by Box and Muller.</summary>
    internal static float[] Normals(int count, double scale, ref SplitMix64 random)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            var radius = scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble()));
            values[i] = (float)(radius * Math.Cos(2 * Math.PI * random.NextDouble()));
        }
        return values;
    }
}
